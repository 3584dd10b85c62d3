#include "file/schema.hpp"

#include <array>
#include <string>

namespace tapes::store {

namespace {

// The content stands last in its row: what follows a long value in a row can only be read by way of its
// overflow pages. Small strings are ids in `string`; NULL is the empty string.
constexpr const char* version_1_tables = R"(
CREATE TABLE string(id INTEGER PRIMARY KEY, value TEXT NOT NULL UNIQUE);

CREATE TABLE node(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hash BLOB NOT NULL UNIQUE,
  match BLOB,
  parent INTEGER REFERENCES node(id),
  root INTEGER NOT NULL REFERENCES node(id),
  depth INTEGER NOT NULL,
  role INTEGER, model INTEGER, provider INTEGER, agent INTEGER, project INTEGER, stop_reason INTEGER,
  prompt_tokens INTEGER, completion_tokens INTEGER, total_tokens INTEGER,
  cache_creation_input_tokens INTEGER, cache_read_input_tokens INTEGER,
  total_duration_ns INTEGER, prompt_duration_ns INTEGER,
  created_at INTEGER NOT NULL,
  content TEXT NOT NULL);
CREATE INDEX node_match ON node(match) WHERE match IS NOT NULL;

CREATE TABLE exchange(
  id INTEGER PRIMARY KEY,
  uuid BLOB NOT NULL,
  accepted_at INTEGER NOT NULL, first_byte_at INTEGER, last_byte_at INTEGER, committed_at INTEGER NOT NULL,
  method INTEGER, path TEXT NOT NULL, target TEXT, upstream INTEGER, peer TEXT, session TEXT,
  project INTEGER, agent INTEGER, provider INTEGER, api INTEGER,
  status INTEGER, model INTEGER, response_model INTEGER, response_id TEXT, streamed INTEGER NOT NULL,
  stop_reason INTEGER,
  prompt_tokens INTEGER, completion_tokens INTEGER, total_tokens INTEGER,
  cache_creation_input_tokens INTEGER, cache_read_input_tokens INTEGER,
  total_duration_ns INTEGER, prompt_duration_ns INTEGER,
  end_reason INTEGER NOT NULL, drop_reason INTEGER,
  head INTEGER REFERENCES node(id),
  mapping_version INTEGER NOT NULL,
  request_bytes INTEGER NOT NULL, response_bytes INTEGER NOT NULL);
CREATE INDEX exchange_head ON exchange(head) WHERE head IS NOT NULL;

CREATE TABLE wire(
  exchange INTEGER PRIMARY KEY REFERENCES exchange(id),
  request_zstd INTEGER NOT NULL, request_size INTEGER NOT NULL, request_decoded INTEGER NOT NULL,
  response_zstd INTEGER NOT NULL, response_size INTEGER NOT NULL, response_decoded INTEGER NOT NULL,
  request_head TEXT NOT NULL, response_head TEXT NOT NULL,
  request BLOB NOT NULL, response BLOB NOT NULL);

CREATE TABLE exchange_node(
  exchange INTEGER NOT NULL, choice INTEGER NOT NULL, node INTEGER NOT NULL REFERENCES node(id),
  PRIMARY KEY(exchange, choice)) WITHOUT ROWID;

CREATE TABLE log(
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  kind INTEGER NOT NULL, ref INTEGER NOT NULL, first_node INTEGER, last_node INTEGER, at INTEGER NOT NULL);

CREATE TABLE cursor(name TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE total(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE note(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE secret(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

CREATE TABLE dead_letter(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  cursor TEXT NOT NULL, seq INTEGER NOT NULL, event_id TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'dead', attempts INTEGER NOT NULL DEFAULT 0,
  at INTEGER NOT NULL, changed_at INTEGER NOT NULL,
  node INTEGER REFERENCES node(id), content_bytes INTEGER,
  error TEXT NOT NULL);
)";

constexpr const char* version_1_nodes_view = R"(
CREATE VIEW nodes AS
SELECT lower(hex(n.hash)) AS hash,
  CASE WHEN n.agent IS NULL
    THEN json_object('type', 'message', 'role', coalesce(ro.value, ''), 'content', json(n.content),
                     'model', coalesce(mo.value, ''), 'provider', coalesce(pr.value, ''))
    ELSE json_object('type', 'message', 'role', coalesce(ro.value, ''), 'content', json(n.content),
                     'model', coalesce(mo.value, ''), 'provider', coalesce(pr.value, ''), 'agent_name', ag.value)
  END AS bucket,
  'message' AS type, coalesce(ro.value, '') AS role, n.content AS content,
  coalesce(mo.value, '') AS model, coalesce(pr.value, '') AS provider, ag.value AS agent_name,
  (SELECT value FROM string WHERE id = coalesce(n.stop_reason, e.stop_reason)) AS stop_reason,
  coalesce(n.prompt_tokens, e.prompt_tokens) AS prompt_tokens,
  coalesce(n.completion_tokens, e.completion_tokens) AS completion_tokens,
  coalesce(n.total_tokens, e.total_tokens) AS total_tokens,
  coalesce(n.cache_creation_input_tokens, e.cache_creation_input_tokens) AS cache_creation_input_tokens,
  coalesce(n.cache_read_input_tokens, e.cache_read_input_tokens) AS cache_read_input_tokens,
  coalesce(n.total_duration_ns, e.total_duration_ns) AS total_duration_ns,
  coalesce(n.prompt_duration_ns, e.prompt_duration_ns) AS prompt_duration_ns,
  pj.value AS project,
  strftime('%Y-%m-%d %H:%M:%S', n.created_at / 1000000, 'unixepoch')
    || printf('.%06d+00:00', n.created_at % 1000000) AS created_at,
  (SELECT lower(hex(p.hash)) FROM node p WHERE p.id = n.parent) AS parent_hash,
  (SELECT lower(hex(r.hash)) FROM node r WHERE r.id = n.root) AS root_hash,
  n.depth AS depth, n.id AS id, n.parent AS parent_id
FROM node n
  LEFT JOIN exchange e ON e.id = (SELECT min(x.id) FROM exchange x WHERE x.head = n.id)
  LEFT JOIN string ro ON ro.id = n.role
  LEFT JOIN string mo ON mo.id = n.model
  LEFT JOIN string pr ON pr.id = n.provider
  LEFT JOIN string ag ON ag.id = n.agent
  LEFT JOIN string pj ON pj.id = n.project;
)";

/// ISO 8601 in UTC with microseconds, of a column in microseconds.
std::string as_time(const std::string& column) {
    return "strftime('%Y-%m-%dT%H:%M:%S', " + column + " / 1000000, 'unixepoch') || printf('.%06dZ', " +
           column + " % 1000000)";
}

/// The usual form of a UUID: that of an exchange.
std::string as_uuid(const std::string& exchange) {
    const auto hex = "hex(" + exchange + ".uuid)";
    return "lower(substr(" + hex + ", 1, 8) || '-' || substr(" + hex + ", 9, 4) || '-' || substr(" + hex +
           ", 13, 4) || '-' || substr(" + hex + ", 17, 4) || '-' || substr(" + hex + ", 21))";
}

std::string as_string(const std::string& column) {
    return "(SELECT value FROM string WHERE id = e." + column + ") AS " + column;
}

/// Returns the view `exchanges`, with `columns` behind those that it has had from the beginning.
std::string exchanges_view(const std::string& columns) {
    return "CREATE VIEW exchanges AS SELECT " + as_uuid("e") + " AS id, " + as_time("e.accepted_at") +
           " AS started_at, " + as_time("e.first_byte_at") + " AS first_byte_at, " +
           as_time("e.last_byte_at") + " AS ended_at, " + as_time("e.committed_at") + " AS committed_at, " +
           as_string("method") + ", e.path AS path, coalesce(e.target, e.path) AS target, " +
           as_string("upstream") + ", e.peer AS peer, e.status AS status, " + as_string("api") + ", " +
           as_string("provider") + ", (SELECT value FROM string WHERE id = e.agent) AS agent_name, " +
           as_string("project") + ", e.session AS session, " + as_string("model") + ", " +
           as_string("response_model") + ", e.response_id AS response_id, e.streamed AS streamed, " +
           as_string("stop_reason") +
           ", e.prompt_tokens AS prompt_tokens, e.completion_tokens AS completion_tokens"
           ", e.total_tokens AS total_tokens, e.cache_creation_input_tokens AS cache_creation_input_tokens"
           ", e.cache_read_input_tokens AS cache_read_input_tokens, e.total_duration_ns AS total_duration_ns"
           ", e.prompt_duration_ns AS prompt_duration_ns, " +
           as_string("end_reason") + ", " + as_string("drop_reason") +
           ", (SELECT lower(hex(n.hash)) FROM node n WHERE n.id = e.head) AS head_hash"
           ", e.request_bytes AS request_bytes, e.response_bytes AS response_bytes"
           ", e.mapping_version AS mapping_version, e.id AS seq" +
           columns + " FROM exchange e;";
}

void to_version_1(connection& db) {
    db.exec(version_1_tables);
    db.exec(version_1_nodes_view);
    db.exec(exchanges_view(""));
}

// Digests come in no order: a unique index over them costs a page of its own per row. They are found by their
// first eight bytes instead, by way of tables that are filled in sorted batches (digest_index); what is in
// none of them yet lies behind `index_state.indexed_to`. That a node is there once is the one writer's care.
constexpr const char* version_2 = R"(
DROP VIEW nodes;
DROP VIEW exchanges;
CREATE TABLE node_2(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hash BLOB NOT NULL,
  match BLOB,
  parent INTEGER REFERENCES node(id),
  root INTEGER NOT NULL REFERENCES node(id),
  depth INTEGER NOT NULL,
  role INTEGER, model INTEGER, provider INTEGER, agent INTEGER, project INTEGER, stop_reason INTEGER,
  prompt_tokens INTEGER, completion_tokens INTEGER, total_tokens INTEGER,
  cache_creation_input_tokens INTEGER, cache_read_input_tokens INTEGER,
  total_duration_ns INTEGER, prompt_duration_ns INTEGER,
  created_at INTEGER NOT NULL,
  content TEXT NOT NULL);
INSERT INTO node_2 SELECT * FROM node;
DROP TABLE node;
ALTER TABLE node_2 RENAME TO node;

CREATE TABLE node_by_hash(prefix INTEGER NOT NULL, row INTEGER NOT NULL, PRIMARY KEY(prefix, row)) WITHOUT ROWID;
CREATE TABLE node_by_match(prefix INTEGER NOT NULL, row INTEGER NOT NULL, PRIMARY KEY(prefix, row)) WITHOUT ROWID;
CREATE TABLE piece_by_digest(prefix INTEGER NOT NULL, row INTEGER NOT NULL, PRIMARY KEY(prefix, row)) WITHOUT ROWID;
CREATE TABLE index_state(name TEXT PRIMARY KEY, indexed_to INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE piece(
  id INTEGER PRIMARY KEY,
  digest BLOB NOT NULL,
  parent INTEGER REFERENCES piece(id),
  node INTEGER REFERENCES node(id), leading INTEGER REFERENCES node(id),
  zstd INTEGER NOT NULL, size INTEGER NOT NULL,
  bytes BLOB NOT NULL);

CREATE TABLE wire_2(
  exchange INTEGER PRIMARY KEY REFERENCES exchange(id),
  request_zstd INTEGER NOT NULL, request_size INTEGER NOT NULL, request_decoded INTEGER NOT NULL,
  response_zstd INTEGER NOT NULL, response_size INTEGER NOT NULL, response_decoded INTEGER NOT NULL,
  request_head TEXT NOT NULL, response_head TEXT NOT NULL, request_parts TEXT,
  request BLOB NOT NULL, response BLOB NOT NULL);
INSERT INTO wire_2 SELECT exchange, request_zstd, request_size, request_decoded, response_zstd, response_size,
  response_decoded, request_head, response_head, NULL, request, response FROM wire;
DROP TABLE wire;
ALTER TABLE wire_2 RENAME TO wire;

CREATE TABLE response(id TEXT PRIMARY KEY, exchange INTEGER NOT NULL REFERENCES exchange(id)) WITHOUT ROWID;
CREATE TABLE response_item(id TEXT PRIMARY KEY, exchange INTEGER NOT NULL REFERENCES exchange(id)) WITHOUT ROWID;
CREATE TABLE conversation(id TEXT PRIMARY KEY, exchange INTEGER NOT NULL REFERENCES exchange(id)) WITHOUT ROWID;
)";

void to_version_2(connection& db) {
    db.exec(version_2);
    db.exec(version_1_nodes_view);
    db.exec(exchanges_view(""));
}

// A dead letter has a life of its own, and each change of it is a row that the log points to. Letters of
// before are pending, and keep their number as that of the change that received them.
constexpr const char* version_3 = R"(
ALTER TABLE dead_letter RENAME TO dead_letter_2;
CREATE TABLE dead_letter(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  state TEXT NOT NULL,
  source TEXT NOT NULL, seq INTEGER,
  event_id TEXT NOT NULL, event_type TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER, "offset" INTEGER,
  reason TEXT NOT NULL, discard_reason TEXT,
  attempts INTEGER NOT NULL, retries INTEGER NOT NULL DEFAULT 0,
  received_at INTEGER NOT NULL, last_at INTEGER NOT NULL, changed_at INTEGER NOT NULL,
  due_at INTEGER, leased_until INTEGER,
  key BLOB NOT NULL, payload BLOB);
CREATE INDEX dead_letter_due ON dead_letter(due_at) WHERE state = 'scheduled';
CREATE INDEX dead_letter_received ON dead_letter(received_at);
INSERT INTO dead_letter(id, state, source, seq, event_id, event_type, topic, reason, attempts, received_at,
    last_at, changed_at, key)
  SELECT d.id, 'pending', d.cursor, d.seq, d.event_id, 'tapes.node.v1', '', d.error, max(d.attempts, 1), d.at,
    d.at, d.changed_at, coalesce((SELECT lower(hex(r.hash)) FROM node n JOIN node r ON r.id = n.root
      WHERE n.id = d.node), '') FROM dead_letter_2 d;
DROP TABLE dead_letter_2;
CREATE TABLE dead_letter_change(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  letter INTEGER NOT NULL REFERENCES dead_letter(id),
  what TEXT NOT NULL, at INTEGER NOT NULL, attempts INTEGER NOT NULL, reason TEXT NOT NULL, due_at INTEGER);
CREATE INDEX dead_letter_change_letter ON dead_letter_change(letter);
INSERT INTO dead_letter_change(id, letter, what, at, attempts, reason)
  SELECT id, id, 'received', received_at, attempts, reason FROM dead_letter;

CREATE TABLE sent(
  cursor INTEGER NOT NULL REFERENCES string(id), node INTEGER NOT NULL REFERENCES node(id), seq INTEGER NOT NULL,
  PRIMARY KEY(cursor, node)) WITHOUT ROWID;
CREATE TABLE received(
  node INTEGER PRIMARY KEY REFERENCES node(id),
  source INTEGER, topic INTEGER, partition INTEGER NOT NULL, "offset" INTEGER NOT NULL, at INTEGER NOT NULL);
CREATE TABLE orphan(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hash BLOB NOT NULL UNIQUE, parent BLOB NOT NULL, root BLOB NOT NULL,
  role TEXT NOT NULL, model TEXT NOT NULL, provider TEXT NOT NULL, agent TEXT NOT NULL, project TEXT NOT NULL,
  stop_reason TEXT NOT NULL,
  prompt_tokens INTEGER, completion_tokens INTEGER, total_tokens INTEGER,
  cache_creation_input_tokens INTEGER, cache_read_input_tokens INTEGER,
  total_duration_ns INTEGER, prompt_duration_ns INTEGER,
  created_at INTEGER NOT NULL,
  source TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, "offset" INTEGER NOT NULL,
  at INTEGER NOT NULL, problem TEXT,
  match_content TEXT, content TEXT NOT NULL);
CREATE INDEX orphan_parent ON orphan(parent);

CREATE TABLE replay(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE, state TEXT NOT NULL,
  root TEXT NOT NULL, session TEXT NOT NULL, agent TEXT NOT NULL, project TEXT NOT NULL,
  since INTEGER, until INTEGER, event_types TEXT NOT NULL,
  target TEXT NOT NULL, speed INTEGER NOT NULL, batch INTEGER NOT NULL,
  last_seq INTEGER NOT NULL, seq INTEGER NOT NULL, events INTEGER NOT NULL, bytes INTEGER NOT NULL,
  created_at INTEGER NOT NULL, changed_at INTEGER NOT NULL, error TEXT NOT NULL);
)";

void to_version_3(connection& db) {
    db.exec(version_3);
}

// What one answer's events told differently: clients bring back either. A value is the first eight bytes of
// the text's SHA-256, as everywhere (digest_index). Most nodes have none.
constexpr const char* version_4 = R"(
CREATE TABLE node_variant(
  node INTEGER NOT NULL REFERENCES node(id), value INTEGER NOT NULL,
  PRIMARY KEY(node, value)) WITHOUT ROWID;
)";

// An exchange keeps how much of its bodies was captured (NULL: all of it), when the pieces of its answer
// came, who spoke, and a digest over all that is kept of it, see exchange_digest. `reading` says how an
// answer was read where its label says otherwise.
constexpr const char* version_4_exchange = R"(
DROP VIEW exchanges;
ALTER TABLE exchange ADD COLUMN captured_request_bytes INTEGER;
ALTER TABLE exchange ADD COLUMN captured_response_bytes INTEGER;
ALTER TABLE exchange ADD COLUMN reasoning_tokens INTEGER;
ALTER TABLE exchange ADD COLUMN cache_write_5m_tokens INTEGER;
ALTER TABLE exchange ADD COLUMN cache_write_1h_tokens INTEGER;
ALTER TABLE exchange ADD COLUMN program INTEGER;
ALTER TABLE exchange ADD COLUMN client INTEGER;
ALTER TABLE exchange ADD COLUMN agent_id TEXT;
ALTER TABLE exchange ADD COLUMN parent_agent_id TEXT;
ALTER TABLE exchange ADD COLUMN parent_session TEXT;
ALTER TABLE exchange ADD COLUMN reading TEXT;
ALTER TABLE exchange ADD COLUMN digest BLOB;
CREATE TABLE chunk_time(exchange INTEGER PRIMARY KEY REFERENCES exchange(id), times BLOB NOT NULL);
)";

/// The columns of the view `exchanges` that version 4 brought.
std::string version_4_columns() {
    return ", coalesce(e.captured_request_bytes, e.request_bytes) AS captured_request_bytes"
           ", coalesce(e.captured_response_bytes, e.response_bytes) AS captured_response_bytes"
           ", e.reasoning_tokens AS reasoning_tokens, e.cache_write_5m_tokens AS cache_write_5m_tokens"
           ", e.cache_write_1h_tokens AS cache_write_1h_tokens, " +
           as_string("program") + ", " + as_string("client") +
           ", e.agent_id AS agent_id, e.parent_agent_id AS parent_agent_id"
           ", e.parent_session AS parent_session, e.reading AS reading, lower(hex(e.digest)) AS digest";
}

void to_version_4(connection& db) {
    db.exec(version_4);
    db.exec(version_4_exchange);
    db.exec(exchanges_view(version_4_columns()));
}

// The name of who asked, where the proxy lets in only those that it knows.
constexpr const char* version_5 = R"(
DROP VIEW exchanges;
ALTER TABLE exchange ADD COLUMN caller INTEGER;
)";

void to_version_5(connection& db) {
    db.exec(version_5);
    db.exec(exchanges_view(version_4_columns() + ", " + as_string("caller")));
}

// An answer may come with a later exchange than its question: `answer_of` is the question's exchange. Names
// of responses are the provider's: two providers may give the same. `fetched_answer` lists the later
// exchanges that an answer is made of.
constexpr const char* version_6 = R"(
DROP VIEW exchanges;
ALTER TABLE exchange ADD COLUMN answer_of INTEGER REFERENCES exchange(id);
CREATE TABLE fetched_answer(
  exchange INTEGER NOT NULL REFERENCES exchange(id), fetch INTEGER NOT NULL REFERENCES exchange(id),
  PRIMARY KEY(exchange, fetch)) WITHOUT ROWID;
CREATE TABLE response_6(
  id TEXT NOT NULL, provider INTEGER NOT NULL, exchange INTEGER NOT NULL REFERENCES exchange(id),
  PRIMARY KEY(id, provider)) WITHOUT ROWID;
INSERT INTO response_6 SELECT r.id, coalesce(x.provider, 0), r.exchange
  FROM response r LEFT JOIN exchange x ON x.id = r.exchange;
DROP TABLE response;
ALTER TABLE response_6 RENAME TO response;
)";

/// The column of the view `exchanges` that version 6 brought.
std::string version_6_column() {
    return "(SELECT " + as_uuid("a") + " FROM exchange a WHERE a.id = e.answer_of) AS answer_of";
}

void to_version_6(connection& db) {
    db.exec(version_6);
    db.exec(exchanges_view(version_4_columns() + ", " + as_string("caller") + ", " + version_6_column()));
}

// When the connection to the upstream was at hand, and when all of the request had gone there: parts of the
// time until the first byte.
constexpr const char* version_7 = R"(
DROP VIEW exchanges;
ALTER TABLE exchange ADD COLUMN connected_at INTEGER;
ALTER TABLE exchange ADD COLUMN sent_at INTEGER;
)";

void to_version_7(connection& db) {
    db.exec(version_7);
    db.exec(exchanges_view(version_4_columns() + ", " + as_string("caller") + ", " + version_6_column() +
                           ", " + as_time("e.connected_at") + " AS connected_at, " + as_time("e.sent_at") +
                           " AS sent_at"));
}

/// Entry i leads from version i to version i + 1. What is released here never changes again.
constexpr std::array migrations{&to_version_1, &to_version_2, &to_version_3, &to_version_4,
                                &to_version_5, &to_version_6, &to_version_7};

}  // namespace

std::int64_t schema_version() noexcept {
    return static_cast<std::int64_t>(migrations.size());
}

owner owner_of(connection& db) {
    const auto id = db.integer("PRAGMA application_id");
    if (id == application_id) {
        return owner::ours;
    }
    if (db.integer("SELECT count(*) FROM pragma_table_info('nodes') WHERE name = 'bucket'") != 0) {
        return owner::reference;
    }
    const auto things = db.integer("SELECT count(*) FROM sqlite_master");
    return id == 0 && things == 0 && db.integer("PRAGMA user_version") == 0 ? owner::nobody
                                                                            : owner::somebody_else;
}

void migrate(connection& db) {
    const auto from = static_cast<std::size_t>(db.integer("PRAGMA user_version"));
    if (from >= migrations.size()) {
        return;
    }
    db.exec("BEGIN IMMEDIATE");
    try {
        for (std::size_t version = from; version < migrations.size(); ++version) {
            migrations[version](db);
        }
        db.exec("PRAGMA application_id = " + std::to_string(application_id));
        db.exec("PRAGMA user_version = " + std::to_string(migrations.size()));
        db.exec("COMMIT");
    } catch (...) {
        db.rollback();
        throw;
    }
}

}  // namespace tapes::store
