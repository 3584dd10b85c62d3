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
    explicit http_content_source(http_content_settings how) : how_{std::move(how)} {
        for (const auto& url : how_.urls) {
            auto where = read_http_url(url);
            if (!where) {
                throw std::invalid_argument("content source \"" + url + "\": must be http://host[:port]");
            }
            places_.push_back(*std::move(where));
        }
    }

    content_answer find(const merkle::digest& hash) override {
        std::string reasons;
        for (std::size_t i = 0; i < places_.size(); ++i) {
            auto answer = find_at(places_[i], hash);
            if (answer.found) {
                return answer;
            }
            reasons += (reasons.empty() ? "" : "; ") + how_.urls[i] + " " + answer.reason;
        }
        return {false, {}, reasons.empty() ? "no content source is configured" : reasons};
    }

    void give_up() noexcept override { given_up_ = true; }

private:
    content_answer find_at(const http_place& where, const merkle::digest& hash) const {
        try {
            auto answer = ask_http({where,
                                    {"GET", "/v1/nodes/" + merkle::to_hex(hash), {}},
                                    how_.token,
                                    how_.timeout,
                                    how_.max_bytes,
                                    &given_up_});
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

    const http_content_settings how_;
    std::vector<http_place> places_;
    std::atomic<bool> given_up_{false};
};

}  // namespace

std::unique_ptr<publish::content_source> make_http_content_source(http_content_settings how) {
    return std::make_unique<http_content_source>(std::move(how));
}

}  // namespace tapes::api
