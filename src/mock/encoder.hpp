#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace tapes::mock {

/// Applies a content coding; every push comes out whole (flushed).
class encoder {
public:
    virtual ~encoder() = default;
    virtual std::string push(std::string_view bytes, bool last) = 0;
};

/// Of gzip, zstd or br; nullptr for others.
std::unique_ptr<encoder> make_encoder(std::string_view coding);

}  // namespace tapes::mock
