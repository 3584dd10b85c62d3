#pragma once

#include <tapes/api/route.hpp>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace tapes::api {

/// Adds routes whose handlers share a context. When a handler throws, its route answers with the text of the
/// error: 400 for std::invalid_argument (the request is wrong), 503 for std::runtime_error (the store fails).
template <class Context>
class route_group {
public:
    using handler = response (*)(const request&, const Context&);

    route_group(route_table& table, Context context)
        : table_{table}, context_{std::make_shared<const Context>(std::move(context))} {}

    /// `about`, `max_body_bytes`: see route.
    void add(std::string method, std::string path, handler handle, route_about about,
             std::size_t max_body_bytes = 0) {
        auto entry = made(std::move(method), std::move(path), handle, std::move(about));
        entry.max_body_bytes = max_body_bytes;
        table_.add(std::move(entry));
    }

    /// A route that a browser's cookie does not open.
    void add_guarded(std::string method, std::string path, handler handle, route_about about) {
        auto entry = made(std::move(method), std::move(path), handle, std::move(about));
        entry.token_alone = true;
        table_.add(std::move(entry));
    }

private:
    route made(std::string method, std::string path, handler handle, route_about about) const {
        route entry{std::move(method), std::move(path), [context = context_, handle](const request& request) {
                        return answer(request, *context, handle);
                    }};
        entry.about = std::move(about);
        return entry;
    }

    static response answer(const request& request, const Context& context, handler handle) {
        try {
            return handle(request, context);
        } catch (const std::invalid_argument& error) {
            return error_response(400, error.what());
        } catch (const std::runtime_error& error) {
            return error_response(503, error.what());
        }
    }

    route_table& table_;
    std::shared_ptr<const Context> context_;
};

}  // namespace tapes::api
