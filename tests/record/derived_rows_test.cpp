// What stands beside exchanges and only their bytes can prove: names, variants, and what pieces lead to.
#include "store/support.hpp"
#include "turns.hpp"

#include <tapes/record/rederive.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapes::record::derived_rows_test {

using namespace tapes;
using namespace tapes::record::test;

namespace {

const std::string long_text(2000, 'x');

std::string response(const std::string& id, const std::string& items) {
    return R"({"id":")" + id + R"(","object":"response","status":"completed","model":"gpt-4o","output":[)" +
           items + R"(],"usage":null})";
}
std::string said(const std::string& id, const std::string& text) {
    return R"({"type":"message","id":")" + id +
           R"(","role":"assistant","status":"completed","content":[{"type":"output_text","text":")" + text +
           R"(","annotations":[]}]})";
}
std::string reasoning(const std::string& sealed) {
    return R"({"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":")" + sealed + "\"}";
}
/// A stream whose events give the reasoning in other words than its end.
std::string sealed_stream(const std::string& id, const std::string& in_event, const std::string& at_end) {
    const auto message = said("msg_" + id, "answer");
    const auto event = [](const std::string& json) { return "data: " + json + "\n\n"; };
    return event(R"({"type":"response.output_item.done","output_index":0,"item":)" + reasoning(in_event) +
                 "}") +
           event(R"({"type":"response.output_item.done","output_index":1,"item":)" + message + "}") +
           event(R"({"type":"response.completed","response":)" +
                 response(id, reasoning(at_end) + "," + message) + "}");
}

/// A store with such rows of every kind.
class recorded {
public:
    void fill() {
        std::vector<std::string> messages;
        for (int turn = 0; turn < 4; ++turn) {
            const auto number = std::to_string(turn);
            messages.push_back(user("question " + number + long_text));
            // One thing outside the history, two, and none.
            add(messages_api, ask_claude(messages), claude(text_block("answer " + number)));
            const auto history = joined(messages);
            add(responses_api,
                R"({"model":"gpt-4o","instructions":"Be brief.","prompt":{"id":"p_1"},"input":[)" + history +
                    "]}",
                response("resp_" + number, said("msg_" + number, "answer " + number)));
            add(chat_api, request(messages), say("answer " + number));
            messages.push_back(assistant("answer " + number));
        }
        for (const std::string number : {"7", "8"}) {
            add(responses_api, R"({"model":"gpt-4o","input":"go on","conversation":"conv_1"})",
                response("resp_" + number, said("msg_" + number, "on")));
        }
        add_stream("resp_9", "sealed in the event");
        add_stream("resp_10", "sealed another way");
    }

    /// An answer that is one node with all others of this kind, and has one more variant.
    void add_stream(const std::string& id, const std::string& in_event) {
        auto ended = stream(R"({"model":"gpt-4o","stream":true,"input":"think"})",
                            sealed_stream(id, in_event, "sealed at the end"));
        ended->path = ended->target = responses_api.path;
        add(std::move(ended));
    }
    void add(const api_case& api, std::string_view request, std::string_view answer) {
        add(of(api, request, answer));
    }
    static std::unique_ptr<capture::exchange> of(const api_case& api, std::string_view request,
                                                 std::string_view answer) {
        auto ended = chat(request, answer);
        ended->path = ended->target = api.path;
        ended->provider = api.provider;
        return ended;
    }
    void add(std::unique_ptr<capture::exchange> ended) { commit(make(std::move(ended))); }
    std::unique_ptr<store::entry> make(std::unique_ptr<capture::exchange> ended) {
        return maker.make(std::move(ended), &*earlier);
    }
    void commit(std::unique_ptr<store::entry> made) {
        REQUIRE(made->dropped == capture::drop_reason::none);
        REQUIRE(store->commit(std::move(made)));
    }
    void close() {
        earlier.reset();
        store.reset();
    }
    std::int64_t count(const std::string& sql) const { return store::test::number(file.path(), sql); }

    store::test::temporary_store file;
    std::optional<store::test::open_store> store{std::in_place, file};
    record::turn_maker maker{{}, store->lock.redaction_key()};
    std::optional<record::earlier_turns> earlier{std::in_place, file.path(), store->out};
};

struct outcome {
    std::vector<std::string> lines;
    std::uint64_t unproved = 0;
};

outcome proved(const std::string& path) {
    store::findings wrong;
    store::verify({path, 1, {}}, wrong);
    const auto seen = record::recheck({path}, wrong);
    return {wrong.lines(), seen.unproved};
}

/// A copy of a store with one value changed; "" where the schema does not let it happen.
std::string changed(const recorded& in, const std::string& sql) {
    auto path = in.file.directory() + "/changed.sqlite";
    for (const auto* const end : {"", "-wal", "-shm"}) {
        std::filesystem::remove(path + end);
    }
    std::filesystem::copy_file(in.file.path(), path);
    try {
        store::connection db{path, SQLITE_OPEN_READWRITE};
        db.exec(sql);
        REQUIRE(sqlite3_changes(db.handle()) > 0);
    } catch (const store::sqlite_error&) {
        return {};
    }
    return path;
}

/// An SQL literal with one bit flipped. Low bits of an id lead to a neighbour that exists.
std::string flipped(const std::string& literal, std::size_t position) {
    if (literal.front() != '\'') {
        return std::to_string(std::stoll(literal) ^ (std::int64_t{1} << (position % 4)));
    }
    auto text = literal.substr(1, literal.size() - 2);
    const std::array<std::size_t, 3> places{0, text.size() / 2, text.size() - 1};
    auto& byte = text[places[position % places.size()]];
    byte = static_cast<char>(static_cast<unsigned char>(byte) ^ 1U);
    return "'" + text + "'";
}

/// The rows of a column: its value, and a condition that names the row.
std::vector<std::pair<std::string, std::string>> rows_of(const std::string& path, const std::string& table,
                                                         const std::string& column) {
    const std::string key =
        table == "node_variant" ? "'node = ' || node || ' AND value = ' || value" : "'id = ' || quote(id)";
    store::connection db{path, SQLITE_OPEN_READONLY};
    store::statement query{
        db, "SELECT quote(" + column + "), " + key + " FROM " + table + " WHERE " + column + " IS NOT NULL"};
    std::vector<std::pair<std::string, std::string>> rows;
    while (query.step()) {
        rows.emplace_back(query.text_at(0), query.text_at(1));
    }
    return rows;
}

}  // namespace

TEST_CASE("a bit that is flipped in what only bytes prove is found") {
    recorded in;
    in.fill();
    in.close();
    const auto clean = proved(in.file.path());
    REQUIRE(clean.lines == std::vector<std::string>{});
    REQUIRE(clean.unproved == 0);
    for (const std::string column : {"piece.node", "piece.leading", "response.id", "response.exchange",
                                     "response_item.id", "response_item.exchange", "conversation.id",
                                     "conversation.exchange", "node_variant.node", "node_variant.value"}) {
        const auto table = column.substr(0, column.find('.'));
        const auto name = column.substr(table.size() + 1);
        const auto rows = rows_of(in.file.path(), table, name);
        std::size_t tried = 0;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const auto sql = "UPDATE " + table + " SET " + name + " = " + flipped(rows[i].first, i) +
                             " WHERE " + rows[i].second;
            if (const auto path = changed(in, sql); !path.empty()) {
                ++tried;
                INFO(sql << ", of " << rows[i].first);
                CHECK(proved(path).lines != std::vector<std::string>{});
            }
        }
        INFO(column);
        CHECK(tried > 0);
    }
}

TEST_CASE("a piece that two requests held at once may lead where either went") {
    recorded in;
    std::vector<std::string> messages{user("one " + long_text), assistant("two"), user("three " + long_text)};
    auto request_of = [&](const std::string& model) {
        auto body = request(messages);
        const std::string was = "gpt-4o";
        return body.replace(body.find(was), was.size(), model);
    };
    // Neither knows of the other's pieces; the second one's nodes are what is gone on from.
    auto first = in.make(recorded::of(chat_api, request_of("gpt-4o"), say("answer")));
    auto second = in.make(recorded::of(chat_api, request_of("gpt-4.1"), say("answer")));
    in.commit(std::move(first));
    in.commit(std::move(second));
    in.close();
    const auto old = in.count("SELECT head FROM exchange WHERE id = 1");
    REQUIRE(in.count("SELECT count(*) FROM piece WHERE node > " + std::to_string(old)) > 0);
    CHECK(proved(in.file.path()).lines == std::vector<std::string>{});
    const auto path =
        changed(in, "UPDATE piece SET node = node - 1 WHERE node = (SELECT max(node) FROM piece)");
    CHECK(proved(path).lines.size() == 1);
}

TEST_CASE("what the bytes that are not kept would have to prove is counted") {
    recorded in;
    in.fill();
    in.close();
    const auto path = changed(in, "DELETE FROM wire WHERE exchange IN (SELECT exchange FROM conversation)");
    const auto found = proved(path);
    CHECK(found.unproved == 2);  // the conversation, and its last item
}

TEST_CASE("a name that another exchange gave is told with both") {
    recorded in;
    in.fill();
    in.close();
    const auto path = changed(in, "UPDATE response_item SET exchange = 5 WHERE id = 'msg_0'");
    CHECK(proved(path).lines ==
          std::vector<std::string>{"response_item msg_0: exchange 5 has given no such name"});
}

}  // namespace tapes::record::derived_rows_test
