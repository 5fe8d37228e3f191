-- Every statement of the store, by name: `-- name --`, a comment, the statement.
-- The columns of a SELECT stand in the order of the fields of the row that is made of them.

-- reading ---------------------------------------------------------------------------------

-- group_by_name --
SELECT id, name, metadata, created_at, student, queued, running, completed, failed, modified_at
FROM groups
WHERE name = :name;

-- group_counts --
SELECT queued, running, completed, failed, modified_at
FROM groups
WHERE id = :group_id;

-- run_by_name --
SELECT
  r.id, r.name, g.name, r.status, r.processor, r.metadata, r.warnings, r.error,
  r.created_at, r.modified_at, r.enable_events, r.student
FROM runs r
LEFT JOIN groups g ON g.id = r.group_id
WHERE r.name = :name;

-- run_input --
SELECT r.input, s.body, r.enable_events
FROM runs r
LEFT JOIN specs s ON s.id = r.spec_id
WHERE r.id = :run_id;

-- run_output --
SELECT body
FROM outputs
WHERE run_id = :run_id;

-- run_progress --
SELECT events
FROM progress
WHERE run_id = :run_id;

-- unfinished_runs --
SELECT group_id, id, student
FROM runs
WHERE status IN ('queued', 'running')
ORDER BY id;

-- unfinished_counts --
SELECT count(*) FILTER (WHERE status = 'queued'), count(*) FILTER (WHERE status = 'running')
FROM runs
WHERE status IN ('queued', 'running');

-- last_run_id --
SELECT max(id)
FROM runs
WHERE group_id = :group_id;

-- last_event_id --
SELECT max(id)
FROM events
WHERE group_id = :group_id;

-- runs_of_group --
-- One page of a group's runs. Inputs and outputs are read only where they are asked for.
SELECT
  r.id, r.name, g.name, r.status, r.processor, r.metadata, r.warnings, r.error,
  r.created_at, r.modified_at, r.enable_events, r.student,
  CASE WHEN :include_input THEN r.input END, s.body,
  o.body
FROM runs r
JOIN groups g ON g.id = r.group_id
LEFT JOIN specs s ON :include_input AND s.id = r.spec_id
LEFT JOIN outputs o ON :include_output AND o.run_id = r.id
WHERE r.group_id = :group_id
  AND r.id > :after
  AND r.id <= :last
  AND r.status = coalesce(:status, r.status)
ORDER BY r.id
LIMIT :limit;

-- events_of_group --
SELECT
  e.id, e.status,
  r.id, r.name, g.name, r.status, r.processor, r.metadata, r.warnings, r.error,
  r.created_at, r.modified_at, r.enable_events, r.student
FROM events e
LEFT JOIN runs r ON r.id = e.run_id
LEFT JOIN groups g ON g.id = r.group_id
WHERE e.group_id = :group_id AND e.id > :after
ORDER BY e.id
LIMIT :limit;

-- asked_since --
SELECT coalesce(sum(rows), 0)
FROM asked
WHERE student = :student AND moment > :since;

-- asked_rows --
-- Oldest first: when which rows stop counting.
SELECT moment, rows
FROM asked
WHERE student = :student AND moment > :since AND rows > 0
ORDER BY moment;

-- asked_by_student --
SELECT
  student, count(*), sum(rows),
  count(*) FILTER (WHERE kind = 'search'), count(*) FILTER (WHERE kind = 'extract'),
  coalesce(sum(rows) FILTER (WHERE moment > :since), 0), max(moment)
FROM asked
GROUP BY student;

-- runs_by_student --
SELECT student, status, count(*)
FROM (
  SELECT student, status FROM runs WHERE student IS NOT NULL
  UNION ALL
  SELECT student, status FROM finds WHERE student IS NOT NULL
) AS asked
GROUP BY student, status;

-- ended_by_student --
SELECT student, count(*)
FROM runs
WHERE student IS NOT NULL AND status IN ('completed', 'failed') AND modified_at > :since
GROUP BY student;

-- last_asked --
SELECT student, moment, kind, rows, question
FROM asked
WHERE student = coalesce(:student, student)
ORDER BY id DESC
LIMIT :limit;

-- find_by_name --
SELECT
  id, name, status, ended_as, reason, generator, metadata, input, match_limit, enrichments,
  is_searching, has_candidates, is_cut, revision, generated, matched, created_at, modified_at,
  student
FROM finds
WHERE name = :name;

-- find_by_id --
SELECT
  id, name, status, ended_as, reason, generator, metadata, input, match_limit, enrichments,
  is_searching, has_candidates, is_cut, revision, generated, matched, created_at, modified_at,
  student
FROM finds
WHERE id = :find_id;

-- unfinished_finds --
SELECT id, student
FROM finds
WHERE status IN ('queued', 'running')
ORDER BY id;

-- candidates_of_find --
SELECT id, name, find_id, status, entity, output, basis, enriched
FROM candidates
WHERE find_id = :find_id
ORDER BY id;

-- candidate --
SELECT id, name, find_id, status, entity, output, basis, enriched
FROM candidates
WHERE id = :candidate_id;

-- candidates_to_judge --
-- Those that were taken up and not judged come before those that wait: they rank higher.
SELECT id, name, find_id, status, entity, output, basis, enriched
FROM candidates
WHERE find_id = :find_id AND status IN ('waiting', 'generated')
ORDER BY id;

-- candidates_to_enrich --
SELECT id, name, find_id, status, entity, output, basis, enriched
FROM candidates
WHERE find_id = :find_id AND status = 'matched' AND enriched < :enrichments
ORDER BY id;

-- events_of_find --
SELECT id, type, created_at, data
FROM find_events
WHERE find_id = :find_id AND id > :after
ORDER BY id
LIMIT :limit;

-- last_find_event --
SELECT max(id)
FROM find_events
WHERE find_id = :find_id;

-- writing ---------------------------------------------------------------------------------

-- add_find --
INSERT INTO finds
  (name, status, generator, metadata, input, match_limit, enrichments, created_at, modified_at,
   student)
VALUES
  (:name, 'queued', :generator, :metadata, :input, :match_limit, '[]', :moment, :moment, :student)
RETURNING id;

-- claim_find --
UPDATE finds
SET status = 'running', modified_at = :moment
WHERE id = :find_id AND status = 'queued';

-- requeue_interrupted_finds --
UPDATE finds
SET status = 'queued', modified_at = :moment
WHERE status = 'running' AND status IN ('queued', 'running');

-- note_candidates --
UPDATE finds
SET has_candidates = TRUE, is_cut = :is_cut, modified_at = :moment
WHERE id = :find_id AND status = 'running' AND NOT has_candidates;

-- add_candidate --
INSERT INTO candidates (name, find_id, status, entity)
VALUES (:name, :find_id, 'waiting', :entity);

-- set_candidate --
UPDATE candidates
SET status = :status, output = :output, basis = :basis, enriched = :enriched
WHERE id = :candidate_id;

-- count_candidate --
UPDATE finds
SET generated = generated + :generated, matched = matched + :matched, modified_at = :moment
WHERE id = :find_id;

-- change_find --
UPDATE finds
SET
  status = CASE WHEN status IN ('queued', 'running') THEN status ELSE 'queued' END,
  match_limit = :match_limit,
  enrichments = :enrichments,
  is_searching = :is_searching,
  revision = revision + 1,
  modified_at = :moment
WHERE id = :find_id;

-- end_find --
UPDATE finds
SET status = :status, ended_as = :status, reason = :reason, is_searching = FALSE, modified_at = :moment
WHERE id = :find_id AND status IN ('queued', 'running') AND revision = :revision;

-- add_find_event --
INSERT INTO find_events (find_id, type, created_at, data)
VALUES (:find_id, :type, :moment, :data);

-- add_asked --
INSERT INTO asked (student, moment, kind, rows, question)
VALUES (:student, :moment, :kind, :rows, :question);

-- add_group --
INSERT INTO groups (name, metadata, created_at, modified_at, student)
VALUES (:name, :metadata, :moment, :moment, :student);

-- add_spec --
INSERT INTO specs (body)
VALUES (:body)
ON CONFLICT DO NOTHING;

-- spec_id --
SELECT id
FROM specs
WHERE body = :body;

-- add_run --
INSERT INTO runs (
  name, group_id, status, processor, metadata, warnings,
  created_at, modified_at, input, spec_id, enable_events, student
)
VALUES (
  :name, :group_id, 'queued', :processor, :metadata, :warnings,
  :moment, :moment, :input, :spec_id, :enable_events, :student
)
RETURNING id;

-- count_added_runs --
UPDATE groups
SET queued = queued + :count, modified_at = :moment
WHERE id = :group_id;

-- claim_run --
UPDATE runs
SET status = 'running', modified_at = :moment
WHERE id = :run_id AND status = 'queued'
RETURNING group_id;

-- count_claimed_run --
UPDATE groups
SET queued = queued - 1, running = running + 1, modified_at = :moment
WHERE id = :group_id;

-- run_to_finish --
SELECT group_id, status
FROM runs
WHERE id = :run_id AND status IN ('queued', 'running');

-- finish_run --
UPDATE runs
SET status = :status, error = :error, modified_at = :moment
WHERE id = :run_id;

-- add_output --
INSERT INTO outputs (run_id, body)
VALUES (:run_id, :output);

-- add_progress --
INSERT INTO progress (run_id, events)
VALUES (:run_id, :events);

-- count_finished_run --
UPDATE groups
SET
  queued = queued - :was_queued,
  running = running - :was_running,
  completed = completed + :is_completed,
  failed = failed + :is_failed,
  modified_at = :moment
WHERE id = :group_id;

-- add_run_event --
INSERT INTO events (group_id, run_id)
VALUES (:group_id, :run_id);

-- add_status_event --
INSERT INTO events (group_id, status)
VALUES (:group_id, :status);

-- count_interrupted_runs --
-- The second condition on the status lets SQLite use the index of unfinished runs.
SELECT group_id, count(*)
FROM runs
WHERE status = 'running' AND status IN ('queued', 'running')
GROUP BY group_id;

-- requeue_interrupted_runs --
UPDATE runs
SET status = 'queued', modified_at = :moment
WHERE status = 'running' AND status IN ('queued', 'running');

-- count_requeued_runs --
UPDATE groups
SET running = running - :count, queued = queued + :count, modified_at = :moment
WHERE id = :group_id;

-- retention -------------------------------------------------------------------------------

-- newest_change --
SELECT max(moment)
FROM (
  SELECT max(max(created_at), max(modified_at)) AS moment FROM groups
  UNION ALL
  SELECT max(max(created_at), max(modified_at)) FROM runs
  UNION ALL
  SELECT max(max(created_at), max(modified_at)) FROM finds
);

-- make_marks --
CREATE TABLE IF NOT EXISTS marks (
  kind TEXT NOT NULL,
  id INTEGER NOT NULL,
  since TEXT NOT NULL,
  PRIMARY KEY (kind, id)
);

-- find_old --
-- What has ended and not changed since. Nothing is older than what was written before it,
-- whatever the clock said then.
INSERT INTO old (kind, id)
SELECT 'group', id
FROM (
  SELECT id, modified_at, queued + running AS active, max(created_at) OVER (ORDER BY id) AS written
  FROM groups
)
WHERE active = 0 AND max(modified_at, written) < :old
UNION ALL
SELECT 'run', id
FROM (
  SELECT id, group_id, status, modified_at, max(created_at) OVER (ORDER BY id) AS written
  FROM runs
)
WHERE group_id IS NULL AND status NOT IN ('queued', 'running')
  AND max(modified_at, written) < :old
UNION ALL
SELECT 'find', id
FROM (
  SELECT id, status, modified_at, max(created_at) OVER (ORDER BY id) AS written
  FROM finds
)
WHERE status NOT IN ('queued', 'running') AND max(modified_at, written) < :old;

-- unmark --
DELETE FROM marks
WHERE NOT EXISTS (SELECT 1 FROM old WHERE old.kind = marks.kind AND old.id = marks.id);

-- restart_marks --
UPDATE marks SET since = :clock
WHERE :is_doubtful OR since > :clock;

-- mark_old --
INSERT OR IGNORE INTO marks (kind, id, since)
SELECT kind, id, :clock
FROM old;

-- find_old_groups --
INSERT INTO old_groups
SELECT id
FROM marks
WHERE kind = 'group' AND since <= :marked;

-- find_old_runs --
INSERT INTO old_runs
SELECT id
FROM runs
WHERE group_id IN (SELECT id FROM old_groups)
  OR id IN (SELECT id FROM marks WHERE kind = 'run' AND since <= :marked);

-- find_old_finds --
INSERT INTO old_finds
SELECT id
FROM marks
WHERE kind = 'find' AND since <= :marked;

-- delete_old_find_events --
DELETE FROM find_events
WHERE find_id IN (SELECT id FROM old_finds);

-- delete_old_candidates --
DELETE FROM candidates
WHERE find_id IN (SELECT id FROM old_finds);

-- delete_old_asked --
DELETE FROM asked
WHERE moment < :old;

-- delete_old_finds --
DELETE FROM finds
WHERE id IN (SELECT id FROM old_finds);

-- delete_old_events --
DELETE FROM events
WHERE group_id IN (SELECT id FROM old_groups);

-- delete_old_progress --
DELETE FROM progress
WHERE run_id IN (SELECT id FROM old_runs);

-- delete_old_outputs --
DELETE FROM outputs
WHERE run_id IN (SELECT id FROM old_runs);

-- delete_old_runs --
DELETE FROM runs
WHERE id IN (SELECT id FROM old_runs);

-- delete_old_groups --
DELETE FROM groups
WHERE id IN (SELECT id FROM old_groups);

-- delete_unused_specs --
DELETE FROM specs
WHERE id NOT IN (SELECT spec_id FROM runs WHERE spec_id IS NOT NULL);
