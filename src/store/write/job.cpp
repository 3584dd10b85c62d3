#include "write/job.hpp"

#include "tapes/sync/condition_variable.hpp"
#include "tapes/sync/mutex.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace tapes::store {

namespace {

class called_job : public job {
public:
    called_job(std::function<void(job_context&)> write, std::function<void(const std::string&)> settled)
        : write_{std::move(write)}, settled_{std::move(settled)} {}

    void write(job_context& context) override { write_(context); }
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

void start_job(writer& store_writer, std::function<void(job_context&)> write,
               std::function<void(const std::string& error)> settled) {
    store_writer.submit(std::make_unique<called_job>(std::move(write), std::move(settled)));
}

void run_job(writer& store_writer, std::function<void(job_context&)> write,
             std::chrono::milliseconds patience) {
    struct shared {
        sync::mutex mutex;  // held while `write` runs
        sync::condition_variable changed;
        bool abandoned TAPES_GUARDED_BY(mutex) = false;
        std::optional<std::string> outcome TAPES_GUARDED_BY(mutex);
    };
    const auto state = std::make_shared<shared>();
    start_job(
        store_writer,
        [state, &write](job_context& context) {
            const sync::lock_guard guard{state->mutex};
            if (!state->abandoned) {
                write(context);
            }
        },
        [state](const std::string& error) {
            const sync::lock_guard guard{state->mutex};
            state->outcome = error;
            state->changed.notify_all();
        });
    sync::unique_lock lock{state->mutex};
    const auto deadline = sync::condition_variable::clock::now() + patience;
    while (!state->outcome && state->changed.wait_until(lock, deadline)) {
    }
    if (!state->outcome) {
        state->abandoned = true;
        const auto now = store_writer.status();
        throw std::runtime_error{"the store cannot be written" + (now.failing ? ": " + now.error : "")};
    }
    if (!state->outcome->empty()) {
        throw std::runtime_error{*state->outcome};
    }
}

void put_cursor(job_context& context, const std::string& name, std::uint64_t seq) {
    statement row{context.db, put_cursor_sql};
    row.text(1, name);
    row.integer(2, static_cast<std::int64_t>(seq));
    row.run();
}

}  // namespace tapes::store
