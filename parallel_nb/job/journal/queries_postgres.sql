-- Those of the journal's statements that PostgreSQL says otherwise than SQLite; the others are taken
-- from `queries.sql`.

-- name: insert_job
-- The same job once more is one whose answer was lost on the way.
INSERT INTO jobs(
    id, fingerprint, title, connection, identity, processor, spec, prompt, fresh, group_id,
    state, message, rows, layout, created, changed, policy, skipped, options, find, sender,
    notebook, person)
VALUES(
    :id, :fingerprint, :title, :connection, :identity, :processor, :spec, :prompt, :fresh,
    :group_id, :state, :message, :rows, :layout, :created, :changed, :policy, :skipped,
    :options, :find, :sender, :notebook, :person)
ON CONFLICT DO NOTHING

-- name: newest_job_of_fingerprint
SELECT * FROM jobs
WHERE fingerprint = :fingerprint
    AND (:person::text IS NULL OR find IS NOT NULL OR person = :person::text)
ORDER BY created DESC LIMIT 1

-- name: set_group
UPDATE jobs SET group_id = :group_id, changed = :now
WHERE id = :job_id AND group_id IS NOT DISTINCT FROM :instead_of::text

-- name: take_over
UPDATE runs SET owner = :owner
WHERE state = 'sent' AND owner IN (SELECT jsonb_array_elements_text(:instead_of::jsonb))
    AND key IN (SELECT key FROM questions WHERE job_id = :job_id)

-- name: set_row_count
UPDATE jobs SET rows = (SELECT count(*) FROM questions WHERE job_id = id) WHERE id = ?

-- name: set_extras
UPDATE questions SET extras = one.extras
FROM (
    VALUES (?, ?::bigint, ?::bytea)
) AS one(job_id, position, extras)
WHERE questions.job_id = one.job_id AND questions.position = one.position

-- name: extras_of_job
SELECT position, extras FROM questions
WHERE job_id = ? AND extras IS NOT NULL

-- name: inputs_at_positions
SELECT position, input FROM questions
WHERE job_id = ? AND position IN (SELECT value::bigint FROM jsonb_array_elements_text(?::jsonb))

-- name: link_questions
UPDATE questions SET attempt = one.attempt
FROM (
    VALUES (?, ?::bigint, ?::integer)
) AS one(job_id, position, attempt)
WHERE questions.job_id = one.job_id AND questions.position = one.position
    AND questions.attempt IS DISTINCT FROM one.attempt

-- name: runs_of_keys
SELECT key, attempt, group_id, state, owner, run_id, changed, job_id, created FROM runs
WHERE key = ANY(ARRAY(SELECT jsonb_array_elements_text(?::jsonb)))

-- name: whole_runs_of_keys
SELECT key, attempt, job_id, group_id, state, owner, run_id, created, changed, output, error
FROM runs WHERE key = ANY(ARRAY(SELECT jsonb_array_elements_text(?::jsonb))) ORDER BY key, attempt

-- name: run_origins
SELECT run_id, runs.group_id, runs.state, jobs.connection, jobs.identity FROM runs
LEFT JOIN jobs ON jobs.id = job_id
WHERE run_id = ANY(ARRAY(SELECT jsonb_array_elements_text(?::jsonb)))
ORDER BY runs.state = 'completed'

-- name: runs_with_ids
SELECT -1, key, state, run_id, output, error, job_id FROM runs
WHERE run_id = ANY(ARRAY(SELECT jsonb_array_elements_text(?::jsonb)))

-- name: claim
INSERT INTO runs(key, attempt, job_id, group_id, state, owner, created, changed)
SELECT value->>0, (value->>1)::integer, :job_id, :group_id, 'sending', :owner, :now, :now
FROM jsonb_array_elements(:claims::jsonb)

-- name: mark
UPDATE runs SET state = :state, run_id = coalesce(one.value->>2, run_id), changed = :now
FROM jsonb_array_elements(:attempts::jsonb) AS one
WHERE runs.key = one.value->>0 AND runs.attempt = (one.value->>1)::integer
    AND runs.state IN ('sending', 'sent')

-- name: abandon
UPDATE runs SET state = 'void', changed = :now
FROM jsonb_array_elements(:claims::jsonb) AS one
WHERE runs.key = one.value->>0 AND runs.attempt = (one.value->>1)::integer
    AND runs.state = 'sending' AND runs.changed <= (one.value->>2)::double precision + 0.001

-- name: renew
UPDATE runs SET changed = :now
FROM jsonb_array_elements(:claims::jsonb) AS one
WHERE runs.key = one.value->>0 AND runs.attempt = (one.value->>1)::integer
    AND runs.state = 'sending' AND runs.owner = :owner

-- name: renewed
SELECT runs.key FROM jsonb_array_elements(:claims::jsonb) AS one JOIN runs
    ON runs.key = one.value->>0 AND runs.attempt = (one.value->>1)::integer
WHERE runs.state = 'sending' AND runs.owner = :owner

-- name: finish
UPDATE runs SET run_id = coalesce(one.run_id, runs.run_id), state = one.state, output = one.output,
    error = one.error, changed = one.changed
FROM (
    VALUES (?, ?::integer, ?::text, ?, ?::bytea, ?::text, ?::double precision)
) AS one(key, attempt, run_id, state, output, error, changed)
WHERE runs.key = one.key AND runs.attempt = one.attempt AND runs.state <> 'completed'

-- name: copy_runs
INSERT INTO runs(
    key, attempt, job_id, group_id, state, owner, run_id, created, changed, output, error)
SELECT one.value->>1, 1, r.job_id, r.group_id, r.state, r.owner, r.run_id,
    :now, r.changed, r.output, r.error
FROM jsonb_array_elements(:keys::jsonb) AS one
JOIN questions q ON q.job_id = :job_id AND q.position = (one.value->>0)::bigint
JOIN runs r ON r.key = q.key AND r.attempt = q.attempt
WHERE r.state <> 'void' AND r.run_id IS NOT NULL
ON CONFLICT DO NOTHING

-- name: take_sending
-- Also by oneself once more, whose answer was lost on the way.
UPDATE jobs SET sender = :sender, changed = :now
WHERE id = :job_id AND sender IN ('', :instead_of, :sender)

-- name: newest_change
SELECT greatest(
    (SELECT coalesce(greatest(max(created), max(changed)), 0) FROM jobs),
    (SELECT coalesce(max(read), 0) FROM pages))

-- name: put_page
INSERT INTO pages(asked, url, read, page, person) VALUES (:asked, :url, :read, :page, :person)
ON CONFLICT(asked, url) DO UPDATE SET read = excluded.read, page = excluded.page,
    person = excluded.person

-- name: pages_of_urls
SELECT url, page FROM pages
WHERE asked = ? AND url = ANY(ARRAY(SELECT jsonb_array_elements_text(?::jsonb)))

-- name: delete_old_pages
DELETE FROM pages
WHERE person = :person AND read < :old AND read < :marked AND NOT :is_doubtful::boolean

-- name: mark_old_jobs
-- Each forgets their own: how long another keeps theirs is not known here.
INSERT INTO expiring_jobs(job_id, since)
SELECT id, :clock FROM jobs
WHERE person = :person AND greatest(changed, created) < :old AND id NOT IN (
    SELECT job_id FROM runs WHERE state IN ('sending', 'sent') AND changed >= :old)
ON CONFLICT DO NOTHING

-- name: unmark_jobs
-- The same: a job of theirs that is not old by their own setting, or any that is gone.
DELETE FROM expiring_jobs WHERE job_id NOT IN (
    SELECT id FROM jobs WHERE person <> :person OR (changed < :old AND id NOT IN (
        SELECT job_id FROM runs WHERE state IN ('sending', 'sent') AND changed >= :old)))

-- name: restart_marks
UPDATE expiring_jobs SET since = :clock
WHERE (:is_doubtful::boolean OR since > :clock)
    AND job_id IN (SELECT id FROM jobs WHERE person = :person)

-- name: jobs_marked_before
SELECT job_id FROM expiring_jobs JOIN jobs ON jobs.id = job_id
WHERE since <= :marked AND person = :person

-- name: delete_runs_of_jobs
DELETE FROM runs
WHERE key IN (SELECT key FROM questions
    WHERE job_id IN (SELECT jsonb_array_elements_text(:job_ids::jsonb)))
AND NOT EXISTS (SELECT 1 FROM questions WHERE questions.key = runs.key
    AND job_id NOT IN (SELECT jsonb_array_elements_text(:job_ids::jsonb)))

-- name: delete_questions_of_jobs
DELETE FROM questions WHERE job_id IN (SELECT jsonb_array_elements_text(:job_ids::jsonb))

-- name: delete_jobs
DELETE FROM jobs WHERE id IN (SELECT jsonb_array_elements_text(:job_ids::jsonb))
