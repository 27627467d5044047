// What tests/vectors/bid holds, and how each file is made.
#pragma once

#include <string>
#include <vector>

#include "raw_bid.h"

namespace bidseal::bid::test {

struct VectorFile {
    std::string name;
    Bytes bytes;
};

/// One line of vectors.json.
struct VectorCase {
    std::string name;
    std::string cause;  ///< the one thing that is special, and the attack
    std::string file;
    std::string expect = "ok";
    std::string envelope = "technical";
    std::vector<std::string> holders = {"supplier_encrypt"};
    std::string tender = "road.tender";
    std::string lot = "1";
    std::string at = std::string(making_time);
    std::string rewrap = {};  ///< a .sbrw file that comes with the bid; empty without
    std::vector<std::string> nonconformities = {};
};

void make_vectors(std::vector<VectorFile>& files, std::vector<VectorCase>& cases);

}  // namespace bidseal::bid::test
