// Reads lines "OPERATION SIZE COUNT" and answers each with the seconds it took.
#include <exception>
#include <iostream>
#include <string>

#include "operations.h"

int main() {
    std::string operation;
    std::size_t size = 0;
    unsigned count = 0;
    std::cout.precision(9);
    while (std::cin >> operation >> size >> count) {
        try {
            std::cout << bidseal::bench::run_operation(operation, size, count) << std::endl;
        } catch (const std::exception& error) {
            std::cerr << error.what() << std::endl;
            return 1;
        }
    }
    return 0;
}
