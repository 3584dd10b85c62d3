#pragma once

#include "file/sqlite.hpp"

#include <zstd.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace tapes::store {

/// Bytes of a column, which are plain or one zstd frame. They are read from their beginning to their end, in
/// steps between which nothing is open, and never all in memory. Throws std::runtime_error, which begins with
/// `what` it is, where it is not what it should be, or is another one than before.
class column_frame {
public:
    struct place {
        const char* table = "";
        const char* column = "";
        std::int64_t row = 0;
        bool compressed = false;
        std::uint64_t bytes = 0;  ///< uncompressed
        std::string what;
    };

    explicit column_frame(place at);

    /// Appends the next `count` bytes, of which there must be as many.
    void read(const connection& db, std::string& to, std::size_t count);

private:
    struct end_of_context {
        void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
    };

    void read_stored(const connection& db);
    void read_compressed(const connection& db, char* to, std::size_t count);
    [[noreturn]] void refuse(const char* why) const;

    place at_;
    int stored_ = -1;  ///< bytes of the column; -1: not known yet
    int next_ = 0;     ///< of these, the first that is not held yet
    std::string held_;
    std::size_t used_ = 0;  ///< of those that are held
    std::unique_ptr<ZSTD_DCtx, end_of_context> context_;
};

}  // namespace tapes::store
