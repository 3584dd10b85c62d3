#pragma once

#include <ctime>

/// Processor time of this process since it was made: on a busy machine the clock on the wall says little.
class processor_time {
public:
    double seconds() const {
        return static_cast<double>(std::clock() - begin_) / static_cast<double>(CLOCKS_PER_SEC);
    }

private:
    std::clock_t begin_ = std::clock();
};
