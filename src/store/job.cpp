#include "job.hpp"

#include <future>
#include <memory>
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

void run_job(writer& by, std::function<void(job_context&)> write) {
    std::promise<std::string> outcome;
    auto told = outcome.get_future();
    start_job(by, std::move(write), [&outcome](const std::string& error) { outcome.set_value(error); });
    if (const auto error = told.get(); !error.empty()) {
        throw std::runtime_error{error};
    }
}

}  // namespace tapes::store
