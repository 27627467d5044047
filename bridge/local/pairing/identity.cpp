#include "bridge/local/pairing/identity.h"

#include "bidseal/base/error.h"

#include "bridge/local/base/private_files.h"

namespace bidseal::bridge {

crypto::P256PrivateKey load_or_make_identity(const std::string& folder, Random& random) {
    constexpr size_t key_size = 32;
    const std::string path = folder + "/daemon-key";
    if (std::optional<Bytes> content = read_private_file(path, key_size)) {
        SecretBytes scalar = SecretBytes::copy_of(*content);
        wipe(content->data(), content->size());
        return crypto::P256PrivateKey::from_scalar(scalar);
    }
    crypto::P256PrivateKey key = crypto::P256PrivateKey::generate(random);
    write_private_file(path, key.scalar().view());
    return key;
}

}  // namespace bidseal::bridge
