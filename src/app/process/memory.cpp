#include "process/memory.hpp"

#include <tapes/text/utf8.hpp>

#include <malloc.h>

namespace tapes::app {

namespace {

constexpr int large_block_bytes = 512 * 1024;

/// Large bodies and messages go back to the system when they end, instead of leaving holes in the heap.
void release_large_blocks() {
    mallopt(M_MMAP_THRESHOLD, large_block_bytes);
    mallopt(M_TRIM_THRESHOLD, 4 * large_block_bytes);
}

/// simdjson chooses its code for this processor at its first use. That takes memory, within functions that
/// cannot say that there is none: it is done while there is some.
void choose_json_code() {
    (void)text::valid_utf8("-");
}

}  // namespace

void prepare_memory() {
    release_large_blocks();
    choose_json_code();
}

}  // namespace tapes::app
