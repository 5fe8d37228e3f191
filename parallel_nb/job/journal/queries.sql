-- The journal's statements, by name. `queries.py` reads this file; see there for its form.
--
-- Many rows are written by one statement: where a line is `VALUES (...)` it stands for one row of
-- many (`Statements.rows`), others read the rows from a JSON parameter. With a statement a row, the
-- writing thread would give up Python's lock and wait for it again at each row, for up to 5 ms
-- while the event loop is busy.
-- `UPDATE ... FROM` needs SQLite 3.33, of 2020.

-- name: insert_job
INSERT INTO jobs(
    id, fingerprint, title, connection, identity, processor, spec, prompt, fresh, group_id,
    state, message, rows, layout, created, changed, policy, skipped, options, find, sender,
    notebook, person)
VALUES(
    :id, :fingerprint, :title, :connection, :identity, :processor, :spec, :prompt, :fresh,
    :group_id, :state, :message, :rows, :layout, :created, :changed, :policy, :skipped,
    :options, :find, :sender, :notebook, :person)

-- name: all_jobs
SELECT * FROM jobs ORDER BY created DESC

-- name: jobs_sending
SELECT * FROM jobs
WHERE state IN ('submitting', 'running') AND find IS NULL AND identity = :identity

-- name: jobs_of_person
SELECT id FROM jobs WHERE person = ?

-- name: job_by_id
SELECT * FROM jobs WHERE id = ?

-- name: newest_job_of_group
SELECT * FROM jobs WHERE group_id = ? ORDER BY created DESC LIMIT 1

-- name: newest_job_of_fingerprint
SELECT * FROM jobs
WHERE fingerprint = :fingerprint AND (:person IS NULL OR find IS NOT NULL OR person = :person)
ORDER BY created DESC LIMIT 1

-- name: set_state
UPDATE jobs SET state = :state, message = :message, changed = :now WHERE id = :job_id

-- name: ask_to_stop
-- The runner that works on the job reads its state now and then, and stops.
UPDATE jobs SET state = 'stopping', changed = :now
WHERE id = :job_id AND state IN ('submitting', 'running')

-- name: state_of_job
SELECT state FROM jobs WHERE id = ?

-- name: touch_job
UPDATE jobs SET changed = :now WHERE id = :job_id

-- name: owners_under_way
-- Who works on the runs of a job that have not ended. A run counts only where its key has no
-- answer; one that was made before :since does not count.
SELECT DISTINCT r.owner FROM questions q JOIN runs r ON r.key = q.key
WHERE q.job_id = :job_id AND r.state IN ('sending', 'sent') AND r.created >= :since
    AND NOT EXISTS (
        SELECT 1 FROM runs a WHERE a.key = r.key AND a.state = 'completed' AND a.created >= :since
    )

-- name: take_over
-- What a dead process has sent is followed by another one.
UPDATE runs SET owner = :owner
WHERE state = 'sent' AND owner IN (SELECT value FROM json_each(:instead_of))
    AND key IN (SELECT key FROM questions WHERE job_id = :job_id)

-- name: set_group
UPDATE jobs SET group_id = :group_id, changed = :now
WHERE id = :job_id AND group_id IS :instead_of

-- name: group_of_job
SELECT group_id FROM jobs WHERE id = ?

-- name: set_row_count
UPDATE jobs SET rows = (SELECT count(*) FROM questions WHERE job_id = ?1) WHERE id = ?1

-- name: count_questions_by_state
-- A run that is paid and whose answer cannot be had is sent, with the reason; it counts as failed.
SELECT q.job_id, CASE WHEN r.state = 'sent' AND r.error IS NOT NULL THEN 'failed'
    ELSE coalesce(r.state, 'unsent') END, count(*) FROM questions q
LEFT JOIN runs r ON r.key = q.key AND r.attempt = q.attempt AND r.state <> 'void'
GROUP BY 1, 2

-- name: count_runs_on_bills
-- Of each job the runs that have completed, also where the answer cannot be had (sent, with the
-- reason), and those at work, or of unknown fate. A run that was copied to another key counts once.
SELECT job_id, count(DISTINCT run_id) FILTER (WHERE state = 'completed' OR error IS NOT NULL),
    count(DISTINCT coalesce(run_id, key)) FILTER (WHERE state <> 'completed' AND error IS NULL)
FROM runs WHERE state IN ('completed', 'sending', 'sent') GROUP BY 1

-- name: insert_questions
-- The same row once more is one whose answer was lost, as PostgreSQL's may be.
INSERT INTO questions(job_id, position, key, attempt, label, input)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING

-- name: set_extras
UPDATE questions SET extras = one.column3
FROM (
    VALUES (?, ?, ?)
) AS one
WHERE questions.job_id = one.column1 AND questions.position = one.column2

-- name: extras_of_job
-- Earlier versions have written them as text.
SELECT position, CAST(extras AS BLOB) FROM questions WHERE job_id = ? AND extras IS NOT NULL

-- name: questions_of_job
SELECT position, key, label FROM questions WHERE job_id = ? ORDER BY position

-- name: inputs_at_positions
SELECT position, input FROM questions
WHERE job_id = ? AND position IN (SELECT value FROM json_each(?))

-- name: inputs_after_position
SELECT position, input FROM questions
WHERE job_id = ? AND position > ? ORDER BY position LIMIT 500

-- name: answers_after_position
SELECT q.position, q.key, r.state, r.run_id, r.output, r.error FROM questions q
LEFT JOIN runs r ON r.key = q.key AND r.attempt = q.attempt AND r.state <> 'void'
WHERE q.job_id = ? AND q.position > ? ORDER BY q.position LIMIT 500

-- name: link_questions
-- The job's id comes out of `one`, so that SQLite looks each row up in place of going through all
-- parameters for each row of the job. What is linked already need not be written.
UPDATE questions SET attempt = one.column3
FROM (
    VALUES (?, ?, ?)
) AS one
WHERE questions.job_id = one.column1 AND questions.position = one.column2
    AND questions.attempt IS NOT one.column3

-- name: runs_of_keys
SELECT key, attempt, group_id, state, owner, run_id, changed, job_id, created FROM runs
WHERE key IN (SELECT value FROM json_each(?))

-- name: runs_of_job
SELECT r.key, r.attempt, r.group_id, r.state, r.owner, r.run_id, r.changed, r.job_id FROM questions q
JOIN runs r ON r.key = q.key AND r.attempt = q.attempt
WHERE q.job_id = ? AND r.state <> 'void'

-- name: run_origins
-- Of several records of a run the one that has ended comes last.
SELECT run_id, runs.group_id, runs.state, jobs.connection, jobs.identity FROM runs
LEFT JOIN jobs ON jobs.id = job_id
WHERE run_id IN (SELECT value FROM json_each(?)) ORDER BY runs.state = 'completed'

-- name: runs_with_ids
SELECT -1, key, state, run_id, output, error, job_id FROM runs
WHERE run_id IN (SELECT value FROM json_each(?))

-- name: claim
INSERT INTO runs(key, attempt, job_id, group_id, state, owner, created, changed)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), :job_id, :group_id, 'sending',
    :owner, :now, :now
FROM json_each(:claims)

-- name: mark
UPDATE runs SET state = :state, run_id = coalesce(json_extract(one.value, '$[2]'), run_id),
    changed = :now
FROM json_each(:attempts) AS one
WHERE runs.key = json_extract(one.value, '$[0]')
    AND runs.attempt = json_extract(one.value, '$[1]') AND runs.state IN ('sending', 'sent')

-- name: abandon
-- Only a claim that has not changed since it was seen: its owner may have been slow, not dead.
UPDATE runs SET state = 'void', changed = :now
FROM json_each(:claims) AS one
WHERE runs.key = json_extract(one.value, '$[0]')
    AND runs.attempt = json_extract(one.value, '$[1]')
    AND runs.state = 'sending' AND runs.changed <= json_extract(one.value, '$[2]') + 0.001

-- name: renew
UPDATE runs SET changed = :now
FROM json_each(:claims) AS one
WHERE runs.key = json_extract(one.value, '$[0]')
    AND runs.attempt = json_extract(one.value, '$[1]')
    AND runs.state = 'sending' AND runs.owner = :owner

-- name: renewed
SELECT runs.key FROM json_each(:claims) AS one JOIN runs
    ON runs.key = json_extract(one.value, '$[0]')
    AND runs.attempt = json_extract(one.value, '$[1]')
WHERE runs.state = 'sending' AND runs.owner = :owner

-- name: finish
-- An answer is never overwritten.
UPDATE runs SET run_id = coalesce(one.column3, run_id), state = one.column4, output = one.column5,
    error = one.column6, changed = one.column7
FROM (
    VALUES (?, ?, ?, ?, ?, ?, ?)
) AS one
WHERE runs.key = one.column1 AND runs.attempt = one.column2 AND runs.state <> 'completed'

-- name: attempts_of_key
SELECT attempt, run_id FROM runs WHERE key = ?

-- name: insert_run
INSERT INTO runs(
    key, attempt, job_id, group_id, state, owner, run_id, created, changed)
VALUES(:key, :attempt, :job_id, :group_id, :state, '', :run_id, :created, :now)

-- name: copy_runs
INSERT INTO runs(
    key, attempt, job_id, group_id, state, owner, run_id, created, changed, output, error)
SELECT json_extract(one.value, '$[1]'), 1, r.job_id, r.group_id, r.state, r.owner, r.run_id,
    :now, r.changed, r.output, r.error
FROM json_each(:keys) AS one
CROSS JOIN questions q ON q.job_id = :job_id AND q.position = json_extract(one.value, '$[0]')
JOIN runs r ON r.key = q.key AND r.attempt = q.attempt
WHERE r.state <> 'void' AND r.run_id IS NOT NULL
ON CONFLICT DO NOTHING

-- name: take_sending
-- Only from nobody, or from the one that was seen there.
UPDATE jobs SET sender = :sender, changed = :now WHERE id = :job_id AND sender IN ('', :instead_of)

-- name: end_sending
UPDATE jobs SET sender = '', group_id = coalesce(:group_id, group_id), changed = :now
WHERE id = :job_id AND sender = :sender

-- name: whole_runs_of_keys
SELECT key, attempt, job_id, group_id, state, owner, run_id, created, changed, output, error
FROM runs WHERE key IN (SELECT value FROM json_each(?)) ORDER BY key, attempt

-- name: insert_whole_run
INSERT INTO runs(
    key, attempt, job_id, group_id, state, owner, run_id, created, changed, output, error)
VALUES(
    :key, :attempt, :job_id, :group_id, :state, :owner, :run_id, :created, :changed, :output, :error)

-- name: end_run
UPDATE runs SET state = :state, run_id = :run_id, changed = :changed, output = :output,
    error = :error
WHERE key = :key AND attempt = :attempt AND state <> 'completed'

-- name: whole_questions_after_position
SELECT position, key, attempt, label, input, extras FROM questions
WHERE job_id = ? AND position > ? ORDER BY position LIMIT 500

-- name: insert_whole_question
INSERT INTO questions(job_id, position, key, attempt, label, input, extras)
VALUES(:job_id, :position, :key, :attempt, :label, :input, :extras)
ON CONFLICT(job_id, position) DO UPDATE SET attempt = excluded.attempt, extras = excluded.extras

-- name: delete_job
DELETE FROM jobs WHERE id = ?

-- name: set_find
UPDATE jobs SET find = :find, spec = :spec, changed = :now WHERE id = :job_id

-- name: keys_of_job
SELECT key, position FROM questions WHERE job_id = ?

-- name: put_candidate
INSERT INTO questions(job_id, position, key, attempt, label, input)
VALUES(:job_id, :position, :key, 1, :label, :input)
ON CONFLICT(job_id, position) DO UPDATE SET label = excluded.label, input = excluded.input

-- name: put_judgement
-- What was judged once is never unjudged: an older event may come late.
INSERT INTO runs(
    key, attempt, job_id, group_id, state, owner, run_id, created, changed, output, error)
VALUES(:key, 1, :job_id, :group_id, :state, '', :run_id, :now, :now, :output, :error)
ON CONFLICT(key, attempt) DO UPDATE SET state = excluded.state, output = excluded.output,
    error = excluded.error, changed = excluded.changed
WHERE excluded.state <> 'sent' OR runs.state = 'sent'

-- name: newest_change
SELECT max(
    (SELECT coalesce(max(max(created), max(changed)), 0) FROM jobs),
    (SELECT coalesce(max(read), 0) FROM pages))

-- name: mark_old_jobs
-- A job is no older than those that were written before it, whatever the clock said then. One with
-- a run under way that has changed since is still at work.
INSERT OR IGNORE INTO expiring_jobs(job_id, since)
SELECT id, :clock FROM (
    SELECT id, changed, max(created) OVER (ORDER BY rowid) AS written FROM jobs)
WHERE max(changed, written) < :old AND id NOT IN (
    SELECT job_id FROM runs WHERE state IN ('sending', 'sent') AND changed >= :old)

-- name: unmark_jobs
-- What is not old, by today's clock, and what is gone. The rest is marked anew where the time since
-- the newest entry is in doubt, or the mark is of a clock that was ahead.
DELETE FROM expiring_jobs WHERE job_id NOT IN (
    SELECT id FROM jobs WHERE changed < :old AND id NOT IN (
        SELECT job_id FROM runs WHERE state IN ('sending', 'sent') AND changed >= :old))

-- name: restart_marks
UPDATE expiring_jobs SET since = :clock WHERE :is_doubtful OR since > :clock

-- name: jobs_marked_before
SELECT job_id FROM expiring_jobs WHERE since <= :marked

-- name: delete_runs_of_jobs
-- Those that a question of a remaining job needs stay.
DELETE FROM runs
WHERE key IN (
    SELECT key FROM questions WHERE job_id IN (SELECT value FROM json_each(:job_ids)))
AND key NOT IN (
    SELECT key FROM questions WHERE job_id NOT IN (SELECT value FROM json_each(:job_ids)))

-- name: delete_questions_of_jobs
DELETE FROM questions WHERE job_id IN (SELECT value FROM json_each(:job_ids))

-- name: delete_jobs
DELETE FROM jobs WHERE id IN (SELECT value FROM json_each(:job_ids))

-- name: put_page
INSERT OR REPLACE INTO pages VALUES (:asked, :url, :read, :page)

-- name: pages_of_urls
SELECT url, page FROM pages WHERE asked = ? AND url IN (SELECT value FROM json_each(?))

-- name: delete_old_pages
DELETE FROM pages WHERE read < :old AND read < :marked AND NOT :is_doubtful
