// GM/T 0016 section 7.6, the part about digests.
#include <botan/hash.h>

#include "blobs.h"
#include "exports.h"
#include "library.h"

using namespace bidseal;
using namespace bidseal::softukey;

namespace {

using Lock = std::unique_lock<std::mutex>;

struct Digest : Object {
    const Connection* owner() const override { return device.get(); }
    std::shared_ptr<Connection> device;
    std::unique_ptr<Botan::HashFunction> hash;  ///< null once it was finished
};

const char* name_of(ULONG algorithm) {
    switch (algorithm) {
        case SGD_SM3:
            return "SM3";
        case SGD_SHA1:
            return "SHA-1";
        case SGD_SHA256:
            return "SHA-256";
        default:
            throw Answer{SAR_NOTSUPPORTYETERR};
    }
}

void absorb(Digest& digest, const BYTE* data, ULONG length) {
    demand(digest.hash != nullptr, SAR_HASHOBJERR);
    demand(data != nullptr || length == 0, SAR_INVALIDPARAMERR);
    if (length != 0)
        digest.hash->update(data, length);
}

ULONG end(HANDLE handle, const BYTE* data, ULONG length, BYTE* out, ULONG* out_length) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto digest = library.find<Digest>(handle);
        Visit visit(lock, digest->device);
        demand(digest->hash != nullptr, SAR_HASHOBJERR);
        demand(out_length != nullptr, SAR_INVALIDPARAMERR);
        const ULONG size = static_cast<ULONG>(digest->hash->output_length());
        const ULONG room = *out_length;
        *out_length = size;
        if (out == nullptr)
            return;
        demand(room >= size, SAR_BUFFER_TOO_SMALL);
        absorb(*digest, data, length);
        digest->hash->final(out);
        digest->hash.reset();
    });
}

}  // namespace

namespace bidseal::skf {

ULONG SKF_DigestInit(DEVHANDLE device, ULONG algorithm, ECCPUBLICKEYBLOB* key, BYTE* id,
                     ULONG id_length, HANDLE* handle) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto connection = library.find<Connection>(device);
        demand(handle != nullptr, SAR_INVALIDPARAMERR);
        Visit visit(lock, connection);
        auto digest = std::make_shared<Digest>();
        digest->device = connection;
        digest->hash = Botan::HashFunction::create_or_throw(name_of(algorithm));
        // With SM3 and an identity, the digest starts from Z (GB/T 32918.2): the result is the e
        // that SKF_ECCSignData takes.
        if (algorithm == SGD_SM3 && id_length != 0) {
            demand(key != nullptr && id != nullptr, SAR_INVALIDPARAMERR);
            demand(id_length <= 8191, SAR_INDATALENERR);
            digest->hash->update(public_key_of(*key).z(as_text({id, id_length})).view());
        }
        *handle = library.add(digest);
    });
}

ULONG SKF_Digest(HANDLE digest, BYTE* data, ULONG length, BYTE* out, ULONG* out_length) {
    return end(digest, data, length, out, out_length);
}

ULONG SKF_DigestUpdate(HANDLE handle, BYTE* data, ULONG length) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto digest = library.find<Digest>(handle);
        Visit visit(lock, digest->device);
        absorb(*digest, data, length);
    });
}

ULONG SKF_DigestFinal(HANDLE digest, BYTE* out, ULONG* out_length) {
    return end(digest, nullptr, 0, out, out_length);
}

}  // namespace bidseal::skf
