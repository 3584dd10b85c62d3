#include "write/job.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

namespace tapes::store {

namespace {

class called_job : public job {
public:
    called_job(std::function<void(job_context&)> write, std::function<void(const std::string&)> settled)
        : write_{std::move(write)}, settled_{std::move(settled)} {}

    void write(job_context& in) override { write_(in); }
    void settled(const std::string& error) override {
        if (settled_) {
            settled_(error);
        }
    }

private:
    std::function<void(job_context&)> write_;
    std::function<void(const std::string&)> settled_;
};

}  // namespace

void start_job(writer& by, std::function<void(job_context&)> write,
               std::function<void(const std::string& error)> settled) {
    by.submit(std::make_unique<called_job>(std::move(write), std::move(settled)));
}

void run_job(writer& by, std::function<void(job_context&)> write, std::chrono::milliseconds patience) {
    struct shared {
        std::mutex mutex;  // held while `write` runs
        std::condition_variable changed;
        bool abandoned = false;
        std::optional<std::string> outcome;
    };
    const auto state = std::make_shared<shared>();
    start_job(
        by,
        [state, &write](job_context& in) {
            const std::lock_guard guard{state->mutex};
            if (!state->abandoned) {
                write(in);
            }
        },
        [state](const std::string& error) {
            const std::lock_guard guard{state->mutex};
            state->outcome = error;
            state->changed.notify_all();
        });
    std::unique_lock lock{state->mutex};
    if (!state->changed.wait_for(lock, patience, [&] { return state->outcome.has_value(); })) {
        state->abandoned = true;
        const auto now = by.status();
        throw std::runtime_error{"the store cannot be written" + (now.failing ? ": " + now.error : "")};
    }
    if (!state->outcome->empty()) {
        throw std::runtime_error{*state->outcome};
    }
}

void put_cursor(job_context& in, const std::string& name, std::uint64_t seq) {
    statement row{in.db, put_cursor_sql};
    row.text(1, name);
    row.integer(2, static_cast<std::int64_t>(seq));
    row.run();
}

}  // namespace tapes::store
