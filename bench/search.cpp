// Searches a store, each line of the standard input a query, and tells how long each took: in milliseconds,
// and of processor time, with the number of hits and whether they are the best of a part.
#include "cpu_time.hpp"

#include <tapes/read/search.hpp>
#include <tapes/read/sources.hpp>

#include <chrono>
#include <exception>
#include <iostream>
#include <string>

int main(int count, char** values) {
    using namespace tapes;
    using clock = std::chrono::steady_clock;
    if (count < 3) {
        std::cerr << "use: tapes_bench_search STORE CATALOGUE [newest]    (queries come on standard input)\n";
        return 2;
    }
    try {
        const read::price_table prices;
        read::sources from{values[1], values[2], prices};
        for (std::string line; std::getline(std::cin, line);) {
            read::search_request request;
            request.newest = count > 3;
            request.query = read::read_search_query(line);
            const auto used = cpu_seconds();
            const auto begun = clock::now();
            const auto page = read::search(from, request);
            const std::chrono::duration<double, std::milli> taken = clock::now() - begun;
            std::cout << taken.count() << " " << (cpu_seconds() - used) * 1000 << " " << page.hits.size()
                      << " " << (page.partial ? "partial" : "whole") << " " << line << page.problem
                      << std::endl;
        }
    } catch (const std::exception& error) {
        std::cerr << "tapes_bench_search: " << error.what() << "\n";
        return 1;
    }
    return 0;
}
