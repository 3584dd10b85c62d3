#pragma once

#include <tapes/api/stream.hpp>
#include <tapes/live/hub.hpp>
#include <tapes/sync/mutex.hpp>

#include <functional>
#include <memory>
#include <string>

namespace tapes::api {

/// Writes what a reader of live events takes as server-sent events.
class event_stream final : public stream {
public:
    /// Returns null where there are too many readers.
    static std::unique_ptr<event_stream> open(live::hub& events, const live::event_filter& filter,
                                              std::string last_id);
    ~event_stream() override;
    event_stream(const event_stream&) = delete;
    event_stream& operator=(const event_stream&) = delete;

    void start(std::function<void()> wake) override;
    state pull(std::string& out, std::size_t room) override;
    void finish() override { finishing_ = true; }

private:
    /// Leads from the hub's threads to the server, once there is one that pulls.
    struct waking {
        void call() {
            const sync::lock_guard guard{mutex};
            if (wake) {
                wake();
            }
        }
        void set(std::function<void()> to) {
            const sync::lock_guard guard{mutex};
            wake = std::move(to);
        }

        sync::mutex mutex;
        std::function<void()> wake TAPES_GUARDED_BY(mutex);
    };

    event_stream() = default;

    std::shared_ptr<waking> waking_ = std::make_shared<waking>();
    std::shared_ptr<live::reader> from_;
    bool begun_ = false;
    bool finishing_ = false;
};

/// Appends a message as an event. Its data is one line, so nothing in it can begin another field.
void append_event(std::string& out, const live::message& from);

}  // namespace tapes::api
