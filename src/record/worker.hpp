#pragma once

#include "answers_under_way.hpp"
#include "arrivals.hpp"
#include "earlier_turns.hpp"
#include "turn_maker.hpp"
#include "work_allowance.hpp"
#include "work_queue.hpp"

#include <tapes/capture/ledger.hpp>
#include <tapes/capture/receipt.hpp>
#include <tapes/store/writer.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tapes::record {

/// How the workers of a pool get on, for those of them that wait for memory.
struct work_progress {
    std::atomic<int> at_work{0};                ///< workers that do not wait for memory
    std::atomic<std::uint64_t> times_freed{0};  ///< how often one of them gave back what its work took
};

/// What the workers of a pool share. All of it outlives them.
struct worker_surroundings {
    const turn_maker& maker;
    work_queue& queue;
    answers_under_way& under_way;
    work_progress& progress;
    store::writer& writer;
    capture::ledger& account;
    const std::string& store_path;  ///< where earlier turns are looked up; "": nowhere
    const work_limits limits;
};

/// Settles an exchange that leaves no row, and tells whoever waits for it. One that amends a row leaves that
/// as it is.
void give_up(capture::exchange& ended, capture::drop_reason reason) noexcept;

/// One worker: takes exchanges from the queue, makes entries of them and submits those to the writer.
/// Untrusted input ends no worker, and no exchange goes unaccounted. For one thread.
class worker {
public:
    explicit worker(const worker_surroundings& all) : all_{all} {}

    /// Works until the queue has stopped and is empty.
    void run();

private:
    void open_earlier_turns();
    void work_on(work_queue::share& share);
    void prepare(early_work& work);
    void record(task next);
    void await_older(const arrivals::ticket& ticket);
    bool await_room();
    void submit();
    static bool is_of_no_use(const store::entry& made) noexcept;
    std::unique_ptr<store::entry> make(task& next);
    std::unique_ptr<store::entry> make_metered(task& next);
    void keep_bytes(store::entry& given_up, work_allowance& allowance) const;

    const worker_surroundings all_;
    std::unique_ptr<earlier_turns> earlier_;  ///< null: nothing can be looked up
    std::vector<std::unique_ptr<store::entry>> made_;
    bool put_back_ = false;  ///< the exchange at hand comes again
    int tries_ = 0;          ///< to find memory for one exchange among what other workers gave back
};

}  // namespace tapes::record
