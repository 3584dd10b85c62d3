#include "access/turn_target.hpp"

#include "access/held_store.hpp"
#include "access/running_process.hpp"
#include "access/store_options.hpp"
#include "daemon/recording_settings.hpp"

#include <tapes/api/ingest_routes.hpp>
#include <tapes/config/load.hpp>
#include <tapes/record/outside_turn.hpp>
#include <tapes/text/json_view.hpp>

#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

namespace tapes::app {

namespace {

using state = brought_turn::state;
using text::json_view;

/// A running process may need this long: its disk may be slow, and its turns go first.
constexpr std::chrono::minutes ingest_timeout{2};

class own_store final : public turn_target {
public:
    explicit own_store(const config::settings& settings)
        : own_{store_options(settings.storage)},
          memory_{settings.record.budget_bytes, 0},
          taking_{recording_settings(settings, config::client_tokens(settings.proxy)),
                  own_.lock.redaction_key(), own_.writer, own_.account, memory_} {}

    std::vector<brought_turn> take(std::vector<record::outside_exchange> all) override {
        std::vector<brought_turn> made;
        for (auto& one : taking_.take(std::move(all))) {
            using outcome = record::intake_outcome::state;
            const bool too_large = one.reason == capture::drop_reason::over_budget;
            if (one.now == outcome::busy && !too_large) {
                throw std::runtime_error{one.detail};
            }
            made.push_back({one.now == outcome::taken   ? state::taken
                            : one.now == outcome::known ? state::known
                                                        : state::refused,
                            std::move(one.detail)});
        }
        return made;
    }

private:
    held_store own_;
    capture::budget memory_;
    record::intake taking_;
};

class other_process final : public turn_target {
public:
    explicit other_process(running_process process) : process_{std::move(process)} {}

    std::vector<brought_turn> take(std::vector<record::outside_exchange> all) override {
        std::vector<brought_turn> made(all.size());
        std::string body;
        std::size_t first = 0;
        for (std::size_t i = 0; i < all.size(); ++i) {
            auto turn = record::turn_json(all[i]);
            all[i] = {};
            if (turn.size() + enclosing > api::largest_ingest) {
                send(body, first, i, made);
                made[i].detail = "it is larger than what a running process takes (" +
                                 std::to_string(api::largest_ingest) + " bytes): stop it, and import again";
                first = i + 1;
                continue;
            }
            if (body.size() + turn.size() + enclosing > api::largest_ingest ||
                i - first >= api::most_ingested) {
                send(body, first, i, made);
                first = i;
            }
            body.append(body.empty() ? "" : ",").append(turn);
        }
        send(body, first, all.size(), made);
        return made;
    }

private:
    static constexpr std::size_t enclosing = 64;
    static constexpr int most_tries = 10;
    static constexpr std::chrono::seconds pause{1};

    /// Sends the turns from `first` to before `last`, and empties `body`.
    void send(std::string& body, std::size_t first, std::size_t last, std::vector<brought_turn>& made) {
        if (first == last) {
            return;
        }
        const auto turns = std::exchange(body, {});
        try {
            send_patiently(turns, first, last, made);
        } catch (const process_refusal& refused) {
            // None was taken. Of several each is told its own reason.
            send_each(turns, refused, first, last, made);
        }
    }

    /// Sends turns again while the process is busy: each has an id, so that none comes twice.
    void send_patiently(const std::string& turns, std::size_t first, std::size_t last,
                        std::vector<brought_turn>& made) {
        for (int tries = 1;; ++tries) {
            try {
                const auto answer = process_.send({"POST",
                                                   "/v1/ingest/batch",
                                                   {},
                                                   {{"Content-Type", "application/json"}},
                                                   "{\"turns\":[" + turns + "]}"},
                                                  ingest_timeout);
                read(json_view{answer}, first, last, made);
                return;
            } catch (const process_refusal&) {
                throw;
            } catch (const std::runtime_error&) {
                if (tries == most_tries) {
                    throw;
                }
            }
            std::this_thread::sleep_for(pause);
        }
    }

    void send_each(const std::string& turns, const process_refusal& refused, std::size_t first,
                   std::size_t last, std::vector<brought_turn>& made) {
        if (last - first == 1) {
            made[first].detail = refused.what();
            return;
        }
        auto at = first;
        const auto list = "[" + turns + "]";
        json_view{list}.each([&](json_view turn) {
            std::string one{turn.raw()};
            send(one, at, at + 1, made);
            ++at;
            return true;
        });
    }

    static void read(json_view answer, std::size_t first, std::size_t last, std::vector<brought_turn>& made) {
        std::size_t at = first;
        answer["turns"].each([&](json_view turn) {
            if (at < last && turn.is_object()) {
                made[at].now = turn["known"].boolean().value_or(false) ? state::known : state::taken;
            }
            ++at;
            return true;
        });
        if (at != last) {
            throw std::runtime_error{"the running process gave an answer that cannot be read"};
        }
        answer["refused"].each([&](json_view one) {
            const auto index = one["index"].integer().value_or(-1);
            if (one["again"].boolean().value_or(false)) {
                throw std::runtime_error{one["error"].text()};
            }
            if (index >= 0 && first + static_cast<std::size_t>(index) < last) {
                made[first + static_cast<std::size_t>(index)].detail = one["error"].text();
            }
            return true;
        });
    }

    const running_process process_;
};

}  // namespace

std::unique_ptr<turn_target> open_turn_target(const config::settings& settings) {
    if (auto running = running_process::find(settings)) {
        return std::make_unique<other_process>(*std::move(running));
    }
    return std::make_unique<own_store>(settings);
}

}  // namespace tapes::app
