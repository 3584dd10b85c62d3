#include "file/schema.hpp"

#include <string>

namespace tapes::catalogue {

namespace {

// Small strings are ids in `string`; NULL is the empty string. Nodes and exchanges are ids of the store. Sums
// over all sessions stand in rows of session 0; those of a session with one usage key in its row, those of a
// session with several (usage_key -1) in rows of `usage`. The only leaf of a thread stands in its row,
// several (leaf -1) in rows of `leaf`. `member` says which nodes belong to which thread, in runs of ids that
// follow each other in one chain; `above` is the parent of the first of them. `bare_run` has the nodes that
// came without exchanges. `session_kind` numbers what lists of sessions choose by (kind_table). `facet_sets`
// and `facet_nodes` have the facets of nodes (facet_block). The cause of a `fork` is that of its newest
// child, and that of the child that the thread had first is 0. The indexes of `tool` tell in which sessions a
// tool was used. `exchange_times` tells of each block of the log (time_table) when its first and its last
// exchange, in the order of time, were accepted.
constexpr const char* catalogue_tables = R"(
CREATE TABLE state(name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE string(id INTEGER PRIMARY KEY, value TEXT NOT NULL UNIQUE);

CREATE TABLE session(
  id INTEGER PRIMARY KEY,
  root INTEGER, tree_key INTEGER,
  name TEXT NOT NULL, project INTEGER, agent INTEGER, client INTEGER, caller INTEGER, provider INTEGER,
  model INTEGER, parent_name TEXT,
  first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, last_end INTEGER NOT NULL,
  exchanges INTEGER NOT NULL, turns INTEGER NOT NULL, threads INTEGER NOT NULL, errors INTEGER NOT NULL,
  dropped INTEGER NOT NULL, without_usage INTEGER NOT NULL,
  input INTEGER NOT NULL, cache_read INTEGER NOT NULL, cache_write INTEGER NOT NULL,
  cache_write_5m INTEGER NOT NULL, cache_write_1h INTEGER NOT NULL, output INTEGER NOT NULL,
  reasoning INTEGER NOT NULL,
  outcome INTEGER NOT NULL, stop_reason INTEGER, last_exchange INTEGER NOT NULL,
  main_threads INTEGER NOT NULL,
  title_thread INTEGER NOT NULL, title_rank INTEGER NOT NULL,
  head INTEGER NOT NULL, head_thread INTEGER NOT NULL, head_rank INTEGER NOT NULL,
  head_exchange INTEGER NOT NULL,
  kind INTEGER NOT NULL, usage_key INTEGER NOT NULL,
  title TEXT NOT NULL);
CREATE INDEX session_last ON session(last_at);
CREATE INDEX session_name ON session(name, project) WHERE root IS NULL;
CREATE INDEX session_tree_key ON session(tree_key) WHERE tree_key IS NOT NULL;
CREATE INDEX session_root ON session(root) WHERE root IS NOT NULL;
CREATE INDEX session_kind_last ON session(kind, last_at);
CREATE TABLE session_kind(
  id INTEGER PRIMARY KEY,
  project INTEGER NOT NULL, agent INTEGER NOT NULL, client INTEGER NOT NULL, caller INTEGER NOT NULL,
  provider INTEGER NOT NULL, model INTEGER NOT NULL, errors INTEGER NOT NULL, lasting INTEGER NOT NULL,
  UNIQUE(project, agent, client, caller, provider, model, errors, lasting));
CREATE INDEX session_kind_errors ON session_kind(id) WHERE errors > 0;

CREATE TABLE thread(
  id INTEGER PRIMARY KEY,
  session INTEGER NOT NULL, rank INTEGER NOT NULL, plain INTEGER NOT NULL, root INTEGER NOT NULL,
  parent INTEGER NOT NULL, call_node INTEGER NOT NULL, call_id TEXT, continues INTEGER NOT NULL,
  agent_id TEXT, model INTEGER,
  first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, turns INTEGER NOT NULL,
  input INTEGER NOT NULL, cache_read INTEGER NOT NULL, cache_write INTEGER NOT NULL,
  cache_write_5m INTEGER NOT NULL, cache_write_1h INTEGER NOT NULL, output INTEGER NOT NULL,
  reasoning INTEGER NOT NULL,
  head INTEGER NOT NULL, head_exchange INTEGER NOT NULL, leaf INTEGER NOT NULL,
  title TEXT NOT NULL);
CREATE INDEX thread_session ON thread(session);
CREATE INDEX thread_root ON thread(root, session, plain);
CREATE INDEX thread_agent ON thread(session, agent_id, root) WHERE agent_id IS NOT NULL;

CREATE TABLE exchange(
  id INTEGER PRIMARY KEY,
  session INTEGER NOT NULL, thread INTEGER NOT NULL,
  day INTEGER NOT NULL, project INTEGER NOT NULL, agent INTEGER NOT NULL, provider INTEGER NOT NULL,
  model INTEGER NOT NULL, response_model INTEGER NOT NULL, context INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  input INTEGER NOT NULL, cache_read INTEGER NOT NULL, cache_write INTEGER NOT NULL,
  cache_write_5m INTEGER NOT NULL, cache_write_1h INTEGER NOT NULL, output INTEGER NOT NULL,
  reasoning INTEGER NOT NULL);
CREATE INDEX exchange_session ON exchange(session) WHERE session <> 0;
CREATE TABLE exchange_times(
  block INTEGER PRIMARY KEY, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL);

CREATE TABLE member(
  session INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, thread INTEGER NOT NULL,
  above INTEGER NOT NULL, PRIMARY KEY(session, first)) WITHOUT ROWID;
CREATE INDEX member_above ON member(above, session) WHERE above <> 0;
CREATE TABLE leaf(thread INTEGER NOT NULL, node INTEGER NOT NULL, PRIMARY KEY(thread, node)) WITHOUT ROWID;
CREATE TABLE fork(
  session INTEGER NOT NULL, thread INTEGER NOT NULL, node INTEGER NOT NULL, cause INTEGER NOT NULL,
  PRIMARY KEY(session, thread, node)) WITHOUT ROWID;
CREATE TABLE fork_child(
  thread INTEGER NOT NULL, node INTEGER NOT NULL, child INTEGER NOT NULL, cause INTEGER NOT NULL,
  PRIMARY KEY(thread, node, child)) WITHOUT ROWID;
CREATE INDEX fork_child_child ON fork_child(child);
CREATE TABLE bare_run(first INTEGER PRIMARY KEY, last INTEGER NOT NULL);
CREATE TABLE facet_sets(block INTEGER PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE facet_nodes(block INTEGER PRIMARY KEY, value BLOB NOT NULL);

CREATE TABLE usage(
  session INTEGER NOT NULL, day INTEGER NOT NULL, project INTEGER NOT NULL, agent INTEGER NOT NULL,
  provider INTEGER NOT NULL, model INTEGER NOT NULL, response_model INTEGER NOT NULL,
  context INTEGER NOT NULL,
  exchanges INTEGER NOT NULL, turns INTEGER NOT NULL, errors INTEGER NOT NULL, dropped INTEGER NOT NULL,
  without_usage INTEGER NOT NULL,
  input INTEGER NOT NULL, cache_read INTEGER NOT NULL, cache_write INTEGER NOT NULL,
  cache_write_5m INTEGER NOT NULL, cache_write_1h INTEGER NOT NULL, output INTEGER NOT NULL,
  reasoning INTEGER NOT NULL,
  PRIMARY KEY(session, day, project, agent, provider, model, response_model, context)) WITHOUT ROWID;
CREATE TABLE usage_key(
  id INTEGER PRIMARY KEY,
  day INTEGER NOT NULL, project INTEGER NOT NULL, agent INTEGER NOT NULL, provider INTEGER NOT NULL,
  model INTEGER NOT NULL, response_model INTEGER NOT NULL, context INTEGER NOT NULL,
  UNIQUE(day, project, agent, provider, model, response_model, context));
CREATE VIEW session_usage AS
  SELECT session, day, project, agent, provider, model, response_model, context, exchanges, turns, errors,
    dropped, without_usage, input, cache_read, cache_write, cache_write_5m, cache_write_1h, output, reasoning
  FROM usage WHERE session > 0
  UNION ALL
  SELECT s.id, k.day, k.project, k.agent, k.provider, k.model, k.response_model, k.context, s.exchanges,
    s.turns, s.errors, s.dropped, s.without_usage, s.input, s.cache_read, s.cache_write, s.cache_write_5m,
    s.cache_write_1h, s.output, s.reasoning
  FROM session s CROSS JOIN usage_key k ON k.id = s.usage_key;
CREATE TABLE tool(
  session INTEGER NOT NULL, day INTEGER NOT NULL, tool INTEGER NOT NULL, project INTEGER NOT NULL,
  agent INTEGER NOT NULL, provider INTEGER NOT NULL, model INTEGER NOT NULL,
  calls INTEGER NOT NULL, errors INTEGER NOT NULL, argument_bytes INTEGER NOT NULL,
  result_bytes INTEGER NOT NULL,
  PRIMARY KEY(session, day, tool, project, agent, provider, model)) WITHOUT ROWID;
CREATE INDEX tool_name ON tool(tool, session) WHERE session > 0;
CREATE INDEX tool_errors ON tool(session) WHERE errors > 0 AND session > 0;

CREATE TABLE call(
  session INTEGER NOT NULL, id INTEGER NOT NULL, node INTEGER NOT NULL, tool INTEGER NOT NULL,
  has_result INTEGER NOT NULL, PRIMARY KEY(session, id, node)) WITHOUT ROWID;
CREATE TABLE prompt(
  session INTEGER NOT NULL, hash INTEGER NOT NULL, node INTEGER NOT NULL,
  PRIMARY KEY(session, hash, node)) WITHOUT ROWID;
CREATE TABLE answer(
  session INTEGER NOT NULL, hash INTEGER NOT NULL, node INTEGER NOT NULL,
  PRIMARY KEY(session, hash, node)) WITHOUT ROWID;
)";

}  // namespace

void make_schema(sqlite::connection& db) {
    db.exec("PRAGMA page_size = 8192");
    db.exec("PRAGMA journal_mode = WAL");
    db.exec("BEGIN IMMEDIATE");
    db.exec(catalogue_tables);
    db.exec("PRAGMA application_id = " + std::to_string(application_id));
    db.exec("PRAGMA user_version = " + std::to_string(catalogue_version));
    db.exec("COMMIT");
}

}  // namespace tapes::catalogue
