// tests/vectors/bid: bids with one cause each. BIDSEAL_WRITE_VECTORS=1 writes them anew; otherwise
// the files are read as any reader reads them, and compared with what the makers here make.
#include <doctest/doctest.h>

#include "bidseal/protocol/json.h"

#include "vector_makers.h"

using namespace bidseal;
using namespace bidseal::bid;
using namespace bidseal::bid::test;

namespace {

using protocol::Json;
using protocol::ObjectBuilder;
using protocol::ObjectReader;

constexpr size_t listing_limit = 1 << 20;

/// The steps of docs/spec/bid-format.md section 12, in their order; gives "ok" or the first error.
std::string run(const VectorCase& v, std::vector<std::string>& nonconformities) {
    const Bytes file = read_vector(v.file);
    const TenderFile tender = TenderFile::parse(read_vector(v.tender));
    try {
        const BidReader reader = read_bid(file);
        check_body(reader, file);
        verify_bid_trust(reader.bid(), tender, parse_time(v.at));
        std::vector<Openers> openers = {reader.bid().openers};
        if (!v.rewrap.empty()) {
            openers.push_back(parse_rewrap_file(read_vector(v.rewrap), reader.bid(), tender,
                                                tender.tender().trust(), parse_time(v.at)));
        }
        std::vector<ReleasedShare> shares;
        for (const std::string& name : v.holders) {
            Holder holder(reader.bid(), tender, v.lot, certificate(name));
            if (openers.size() > 1) {
                holder.add_openers(openers.back());
            }
            const UnwrapTask task = holder.tasks(v.envelope).front();
            shares.push_back(holder.accept(task, unwrap(task, private_key(name))));
        }
        const Opened opened =
            open_envelope(reader, file, v.envelope,
                          combine_shares(reader.index(), openers, v.envelope, shares), &tender);
        for (const NonConformity& found : opened.nonconformities) {
            nonconformities.push_back(error_name(found.code));
        }
    } catch (const Error& error) {
        return error_name(error.code());
    }
    return "ok";
}

Json to_json(const VectorCase& v) {
    return ObjectBuilder()
        .text("name", v.name)
        .text("cause", v.cause)
        .text("bid", v.file)
        .text("tender", v.tender)
        .text("lot", v.lot)
        .text("at", v.at)
        .text("envelope", v.envelope)
        .texts("holders", v.holders)
        .text("rewrap", v.rewrap)
        .text("expect", v.expect)
        .texts("nonconformities", v.nonconformities)
        .build();
}

VectorCase from_json(ObjectReader& r) {
    VectorCase v;
    v.name = r.text("name", 100);
    v.cause = r.text("cause", 1000);
    v.file = r.text("bid", 100);
    v.tender = r.text("tender", 100);
    v.lot = r.text("lot", 64);
    v.at = r.text("at", 32);
    v.envelope = r.text("envelope", 64);
    v.holders = r.texts("holders", 0, 16, 64);
    v.rewrap = r.text("rewrap", 100);
    v.expect = r.text("expect", 64);
    v.nonconformities = r.texts("nonconformities", 0, 16, 64);
    return v;
}

}  // namespace

TEST_CASE("vectors are what their makers make") {
    std::vector<VectorFile> files;
    std::vector<VectorCase> cases;
    make_vectors(files, cases);
    for (const VectorFile& file : files) {
        if (writing_vectors()) {
            write_vector(file.name, file.bytes);
        }
        CHECK_MESSAGE(read_vector(file.name) == file.bytes, file.name);
    }
    Json::Array items;
    for (const VectorCase& v : cases) {
        items.push_back(to_json(v));
    }
    std::string listing =
        protocol::write_json(ObjectBuilder().array("vectors", std::move(items)).build());
    for (size_t at = 0; (at = listing.find("{\"name\"", at)) != std::string::npos; at += 2) {
        listing.insert(at, "\n");
    }
    listing += "\n";
    if (writing_vectors()) {
        write_vector("vectors.json", text(listing));
    }
    CHECK(as_text(read_vector("vectors.json")) == listing);
}

TEST_CASE("each vector ends as it says") {
    const Json json = protocol::parse_json(read_vector("vectors.json"), {listing_limit, 8});
    ObjectReader r(json);
    const std::vector<VectorCase> cases = r.objects("vectors", 1, 1000, from_json);
    for (const VectorCase& v : cases) {
        std::vector<std::string> nonconformities;
        CHECK_MESSAGE(run(v, nonconformities) == v.expect, v.name);
        CHECK_MESSAGE(nonconformities == v.nonconformities, v.name);
    }
}
