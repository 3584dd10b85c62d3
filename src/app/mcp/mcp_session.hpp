#pragma once

#include "mcp/followed_record.hpp"
#include "mcp/line_channel.hpp"

#include <tapes/mcp/questions.hpp>
#include <tapes/mcp/server.hpp>
#include <tapes/sync/condition_variable.hpp>
#include <tapes/sync/mutex.hpp>

#include <deque>
#include <string>
#include <thread>
#include <vector>

namespace tapes::app {

/// One client of the Model Context Protocol: its lines are read on the thread that calls `run`, its calls are
/// answered one after the other on a thread of their own, so that a call can be cancelled.
class mcp_session {
public:
    /// `stop`: a file that can be read when all is to end.
    mcp_session(const config::settings& settings, const std::string& version, mcp::question_scope scope,
                int in, int out, int stop);
    mcp_session(const mcp_session&) = delete;
    mcp_session& operator=(const mcp_session&) = delete;
    ~mcp_session();

    /// Returns when the input has ended and all is answered, nobody reads, or `stop` can be read. False: a
    /// call is still being answered, and nobody waits for it.
    bool run();

private:
    bool send(const std::vector<std::string>& lines);
    bool take(mcp::server::outcome made);
    bool wait_for_calls(bool stopped);
    void answer_calls();
    mcp::tool_result answer(const mcp::tool_call& call);

    mcp::question_scope scope_;
    int stop_;
    line_input in_;
    line_output out_;
    followed_record record_;  ///< of the thread

    sync::mutex mutex_;
    sync::condition_variable changed_;
    mcp::server server_ TAPES_GUARDED_BY(mutex_);
    std::deque<mcp::tool_call> calls_ TAPES_GUARDED_BY(mutex_);
    bool ending_ TAPES_GUARDED_BY(mutex_) = false;  ///< no more calls come
    bool done_ TAPES_GUARDED_BY(mutex_) = false;    ///< the thread is at its end
    std::thread thread_;
};

}  // namespace tapes::app
