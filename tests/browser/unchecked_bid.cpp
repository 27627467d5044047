// A bid as a program makes it that checks none of the tender's rules: what the opening page must
// open and report.
//
//   unchecked_bid TENDER LOT SIGN.crt SIGN.key OPENER.crt CREATED OUT ENVELOPE PART...
//
// After an ENVELOPE (`@technical`) come its parts: a document (`slot:path=FILE`) or a figure
// (`id=value`), ids in order.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

// The makers of the unit tests' bids want the frame that they are made for.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "tests/unit/bid/raw_bid.h"

namespace {

using namespace bidseal;
using namespace bidseal::bid::test;

Bytes read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    require(in.good(), ErrorCode::io_read, path.c_str());
    return Bytes(std::istreambuf_iterator<char>(in), {});
}

struct Parts {
    std::string envelope;
    std::vector<Document> documents;
    std::vector<bid::SummaryValue> figures;
};

std::vector<Parts> parts_of(int count, char** words) {
    std::vector<Parts> found;
    for (int i = 0; i < count; ++i) {
        const std::string word = words[i];
        if (word[0] == '@') {
            found.push_back({word.substr(1), {}, {}});
            continue;
        }
        require(!found.empty(), ErrorCode::usage, "an envelope comes first");
        const size_t equals = word.find('=');
        const size_t colon = word.substr(0, equals).find(':');
        const std::string value = word.substr(equals + 1);
        if (colon == std::string::npos) {
            found.back().figures.push_back({word.substr(0, equals), value});
        } else {
            found.back().documents.push_back(
                {word.substr(colon + 1, equals - colon - 1), word.substr(0, colon), read(value)});
        }
    }
    return found;
}

void make(char** words, const std::vector<Parts>& parts) {
    const auto tender = bid::TenderFile::parse(read(words[1]));
    const auto key = crypto::PrivateKey::from_file(read(words[4]));
    RawChanges changes;
    changes.lot = words[2];
    changes.created = parse_time(words[6]);
    changes.seed = words[7];
    changes.own_signer = {crypto::Certificate::parse_file(read(words[3])).at(0),
                          [&](ByteView message) {
                              return key.sign(message, *fixed_random("unchecked"));
                          }};
    changes.supplier = {bid::default_opener(crypto::Certificate::parse_file(read(words[5])).at(0))};
    std::vector<RawEnvelope> envelopes;
    for (const Parts& each : parts) {
        envelopes.push_back(good_envelope(each.envelope, each.documents, each.figures));
    }
    const Bytes file = make_raw_bid(tender, envelopes, changes);
    std::ofstream out(words[7], std::ios::binary);
    out.write(reinterpret_cast<const char*>(file.data()),
              static_cast<std::streamsize>(file.size()));
    require(out.good(), ErrorCode::io_write, words[7]);
}

}  // namespace

int main(int count, char** words) {
    try {
        require(count > 9, ErrorCode::usage, "see the head of unchecked_bid.cpp");
        make(words, parts_of(count - 8, words + 8));
        return 0;
    } catch (const Error& error) {
        std::fprintf(stderr, "%s: %s\n", error_name(error.code()), error.what());
        return 1;
    }
}
