#pragma once

#include "answers_under_way.hpp"
#include "arrivals.hpp"
#include "earlier_turns.hpp"
#include "turn_maker.hpp"
#include "work_queue.hpp"

#include <tapes/capture/ledger.hpp>
#include <tapes/capture/receipt.hpp>
#include <tapes/store/writer.hpp>

#include <memory>
#include <string>
#include <vector>

namespace tapes::record {

/// What the workers of a pool share. All of it outlives them.
struct worker_surroundings {
    const turn_maker& maker;
    work_queue& queue;
    answers_under_way& under_way;
    store::writer& writer;
    capture::ledger& account;
    const std::string& store_path;  ///< where earlier turns are looked up; "": nowhere
};

/// Settles an exchange that leaves no row, and tells whoever waits for it. One that `amends` a row leaves
/// that as it is.
void give_up(capture::ledger& account, std::int64_t amends, const std::shared_ptr<capture::receipt>& waiter,
             capture::drop_reason reason);

/// One worker: takes exchanges from the queue, makes entries of them and submits those to the writer.
/// Untrusted input ends no worker, and no exchange goes unaccounted. For one thread.
class worker {
public:
    explicit worker(const worker_surroundings& all) : all_{all} {}

    /// Works until the queue has stopped and is empty.
    void run();

private:
    void open_earlier_turns();
    void record(work_queue::task task);
    void await_older(const arrivals::ticket& ticket);
    bool await_room();
    void submit();
    std::unique_ptr<store::entry> make(std::unique_ptr<capture::exchange> ended);

    const worker_surroundings all_;
    std::unique_ptr<earlier_turns> earlier_;  ///< null: nothing can be looked up
    std::vector<std::unique_ptr<store::entry>> made_;
};

}  // namespace tapes::record
