-- The statements that PostgreSQL needs in another form than `statements.sql` has, and those that
-- many engines need beside.

-- spec_id --
SELECT id
FROM specs
WHERE sha256(body) = sha256(:body);

-- add_run --
INSERT INTO runs (
  name, group_id, share_id, status, processor, metadata, warnings,
  created_at, modified_at, input, spec_id, enable_events, student
)
VALUES (
  :name, :group_id, :share_id, 'queued', :processor, :metadata, :warnings,
  :moment, :moment, :input, :spec_id, :enable_events, :student
)
RETURNING id;

-- add_progress --
INSERT INTO progress (run_id, events)
VALUES (:run_id, :events)
ON CONFLICT (run_id) DO UPDATE SET events = excluded.events;

-- count_interrupted_runs --
-- Those of engines that are taken for dead. now() is the same in all statements of a transaction.
SELECT group_id, count(*)
FROM runs
WHERE status = 'running' AND engine_id NOT IN (
  SELECT id FROM engines WHERE alive_until >= now()
)
GROUP BY group_id;

-- requeue_interrupted_runs --
WITH interrupted AS (
  UPDATE runs
  SET status = 'queued', engine_id = NULL, modified_at = :moment
  WHERE status = 'running' AND engine_id NOT IN (
    SELECT id FROM engines WHERE alive_until >= now()
  )
  RETURNING share_id
)
UPDATE shares
SET is_waiting = TRUE
WHERE id IN (SELECT share_id FROM interrupted);

-- requeue_interrupted_finds --
UPDATE finds
SET status = 'queued', engine_id = NULL, modified_at = :moment
WHERE status = 'running' AND engine_id NOT IN (
  SELECT id FROM engines WHERE alive_until >= now()
);

-- new_engine --
SELECT nextval(pg_get_serial_sequence('engines', 'id'));

-- renew_engine --
INSERT INTO engines (id, name, batch, alive_until)
VALUES (:engine, :name, :batch, clock_timestamp() + make_interval(secs => :lease))
ON CONFLICT (id) DO UPDATE SET batch = excluded.batch, alive_until = excluded.alive_until;

-- last_batch --
SELECT batch
FROM engines
WHERE id = :engine;

-- end_engine --
UPDATE engines
SET alive_until = '-infinity'
WHERE id = :engine;

-- forget_engines --
-- A dead one is remembered for a day, since it may only have been cut off, and then asks for its
-- last batch.
DELETE FROM engines
WHERE alive_until < clock_timestamp() - interval '1 day' AND id <> :engine;

-- engines_alive --
SELECT count(*)
FROM engines
WHERE alive_until >= clock_timestamp();

-- admit --
SELECT admit(:student, :most);

-- share_of --
SELECT share_of(:student, :group_id, :credit);

-- claim_runs --
SELECT r.id, r.group_id, r.student
FROM claim_runs(:engine, :most, :moment) AS claimed (id)
JOIN runs r ON r.id = claimed.id;

-- count_claimed_runs --
UPDATE groups
SET queued = queued - :count, running = running + :count, modified_at = :moment
WHERE id = :group_id;

-- give_back_runs --
WITH given_back AS (
  UPDATE runs
  SET status = 'queued', engine_id = NULL, modified_at = :moment
  WHERE id = ANY (:run_ids) AND status = 'running' AND engine_id = :engine
  RETURNING group_id, share_id
), waiting AS (
  UPDATE shares SET is_waiting = TRUE WHERE id IN (SELECT share_id FROM given_back)
)
SELECT group_id, count(*)
FROM given_back
GROUP BY group_id;

-- claim_finds --
-- Of a student who has fewer under way first.
UPDATE finds
SET status = 'running', engine_id = :engine, modified_at = :moment
WHERE id IN (
  SELECT f.id
  FROM finds f
  WHERE f.status = 'queued'
  ORDER BY (
    SELECT count(*)
    FROM finds o
    WHERE o.status = 'running' AND o.student IS NOT DISTINCT FROM f.student
  ), f.id
  LIMIT :most
  FOR UPDATE SKIP LOCKED
)
RETURNING id, student;

-- unfinished_counts --
-- Each by its own index.
SELECT
  (SELECT count(*) FROM runs WHERE status = 'queued'),
  (SELECT count(*) FROM runs WHERE status = 'running');

-- delete_old_groups --
DELETE FROM groups
WHERE queued + running = 0 AND modified_at < :old;

-- delete_old_runs --
DELETE FROM runs
WHERE group_id IS NULL AND status NOT IN ('queued', 'running') AND modified_at < :old;

-- delete_old_finds --
DELETE FROM finds
WHERE status NOT IN ('queued', 'running') AND modified_at < :old;

-- delete_unused_specs --
DELETE FROM specs
WHERE NOT EXISTS (SELECT 1 FROM runs WHERE spec_id = specs.id);

-- delete_unused_shares --
DELETE FROM shares
WHERE NOT is_waiting AND NOT EXISTS (SELECT 1 FROM runs WHERE share_id = shares.id);

-- keep_documents --
-- An update of nothing, so that what was there is given back.
INSERT INTO documents (identity)
VALUES (:identity)
ON CONFLICT (is_one) DO UPDATE SET is_one = TRUE
RETURNING identity;

-- add_room --
INSERT INTO rooms (version)
VALUES (:version)
ON CONFLICT DO NOTHING;

-- room_standing --
SELECT name, fingerprint, problem, remedy, wanted, done
FROM rooms
WHERE version = :version;

-- want_look --
UPDATE rooms
SET wanted = wanted + 1
WHERE version = :version
RETURNING wanted;

-- report_room --
UPDATE rooms
SET name = :name, fingerprint = :fingerprint, problem = :problem, remedy = :remedy, done = :done
WHERE version = :version;
