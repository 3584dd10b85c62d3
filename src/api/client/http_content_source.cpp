#include "client/http_client.hpp"

#include <tapes/api/http_content_source.hpp>

#include <boost/beast/core/error.hpp>

#include <stdexcept>
#include <utility>

namespace tapes::api {
namespace {

using publish::content_answer;

class http_content_source : public publish::content_source {
public:
    explicit http_content_source(http_content_settings settings) : settings_{std::move(settings)} {
        for (const auto& url : settings_.urls) {
            auto server = read_http_url(url);
            if (!server) {
                throw std::invalid_argument("content source \"" + url + "\": must be http://host[:port]");
            }
            servers_.push_back(*std::move(server));
        }
    }

    content_answer find(const merkle::digest& hash) override {
        std::string reasons;
        for (std::size_t i = 0; i < servers_.size(); ++i) {
            auto answer = find_at(servers_[i], hash);
            if (answer.found) {
                return answer;
            }
            reasons += (reasons.empty() ? "" : "; ") + settings_.urls[i] + " " + answer.reason;
        }
        return {false, {}, reasons.empty() ? "no content source is configured" : reasons};
    }

    void give_up() noexcept override { cancelled_ = true; }

private:
    content_answer find_at(const http_server& server, const merkle::digest& hash) const {
        try {
            auto answer = send_http({server,
                                     {"GET", "/v1/nodes/" + merkle::to_hex(hash), {}},
                                     settings_.token,
                                     settings_.timeout,
                                     settings_.max_bytes,
                                     &cancelled_});
            if (answer.status == 200) {
                return {true, std::move(answer.body), {}};
            }
            return {false, {}, "answered " + std::to_string(answer.status)};
        } catch (const boost::system::system_error& error) {
            const bool late = error.code() == boost::beast::error::timeout;
            return {
                false, {}, late ? "did not answer in time" : "cannot be asked: " + error.code().message()};
        } catch (const std::exception& error) {
            return {false, {}, std::string{"cannot be asked: "} + error.what()};
        }
    }

    const http_content_settings settings_;
    std::vector<http_server> servers_;
    std::atomic<bool> cancelled_{false};
};

}  // namespace

std::unique_ptr<publish::content_source> make_http_content_source(http_content_settings settings) {
    return std::make_unique<http_content_source>(std::move(settings));
}

}  // namespace tapes::api
