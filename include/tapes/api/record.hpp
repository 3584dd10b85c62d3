#pragma once

#include <tapes/read/prices.hpp>
#include <tapes/read/sources.hpp>
#include <tapes/store/reader.hpp>
#include <tapes/store/wire_reader.hpp>

#include <memory>
#include <string>

namespace tapes::api {

/// Where the record is that routes read.
struct record_place {
    std::string store_path;      ///< "": there is none
    std::string catalogue_path;  ///< it need not be there yet; "": none is read
    std::shared_ptr<const read::price_table> prices{};
};

/// The record, as one request at a time reads it. Opens the store when a request first asks for it, and anew
/// where store or catalogue have been replaced since, or the catalogue was not there before. Its members
/// throw std::exception in one line when the store cannot be opened. References are valid until the end of
/// the request. For one thread at a time.
class record {
public:
    explicit record(record_place place);
    ~record();
    record(const record&) = delete;
    record& operator=(const record&) = delete;

    read::sources& from();
    store::wire_reader& wire();
    store::reader& nodes();
    const read::price_table& prices() const noexcept { return *place_.prices; }
    /// Where it is, for who reads it with connections of its own.
    const record_place& place() const noexcept { return place_; }
    /// Why from().catalogue is nothing.
    const std::string& catalogue_problem() const noexcept { return catalogue_problem_; }

    /// For the server: a request begins, or has failed so that all is opened anew for the next one.
    void begin() noexcept { looked_ = false; }
    void close() noexcept;

private:
    struct opened;

    void look();
    void open();

    record_place place_;
    std::unique_ptr<opened> open_;
    bool looked_ = false;  ///< in this request
    std::string catalogue_problem_;
};

}  // namespace tapes::api
