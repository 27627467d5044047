// GM/T 0016 section 7.6, the part about session keys, messages under them and their MACs.
#include "exports.h"
#include "symmetric.h"

using namespace bidseal;
using namespace bidseal::softukey;

namespace {

using Lock = std::unique_lock<std::mutex>;
using Slot = std::optional<BlockStream> SymmetricKey::*;

constexpr ULONG max_piece = 1 << 20;
constexpr size_t mac_size = 16;

struct Mac : Object {
    const Connection* owner() const override { return device.get(); }
    std::shared_ptr<Connection> device;
    std::optional<BlockStream> stream;
    Bytes last;  ///< the last block that came out: the MAC when the message ends here
};

BlockStream make_stream(const SymmetricKey& key, const BLOCKCIPHERPARAM& parameters,
                        bool encrypting) {
    demand(parameters.PaddingType <= 1, SAR_INVALIDPARAMERR);
    const bool chained = key.algorithm != SGD_SM4_ECB;
    demand(!chained || parameters.IVLen == 16, SAR_INVALIDPARAMERR);
    const ByteView iv(parameters.IV, chained ? 16 : 0);
    return BlockStream(key.secret.view(), iv, encrypting, parameters.PaddingType == 1);
}

ULONG init(HANDLE handle, const BLOCKCIPHERPARAM& parameters, bool encrypting, Slot slot) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto key = library.find<SymmetricKey>(handle);
        Visit visit(lock, key->device);
        demand(key->algorithm != SGD_SM4_MAC, SAR_KEYUSAGEERR);
        ((*key).*slot).emplace(make_stream(*key, parameters, encrypting));
    });
}

void check_piece(const BYTE* data, ULONG length) {
    demand(data != nullptr || length == 0, SAR_INVALIDPARAMERR);
    demand(length <= max_piece, SAR_INDATALENERR);
}

// A buffer-less call asks for the size: answered with the most that can come out, so that padding
// is not told before the bytes are.
bool asks_for_size(const BYTE* out, ULONG* length, size_t bound) {
    demand(length != nullptr, SAR_INVALIDPARAMERR);
    if (out != nullptr)
        return false;
    *length = static_cast<ULONG>(bound);
    return true;
}

ULONG whole(HANDLE handle, const BYTE* data, ULONG length, BYTE* out, ULONG* out_length,
            Slot slot) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto key = library.find<SymmetricKey>(handle);
        check_piece(data, length);
        Visit visit(lock, key->device);
        auto& stream = (*key).*slot;
        demand(stream.has_value(), SAR_NOTINITIALIZEERR);
        const size_t bound = stream->update_bound(length) + stream->finish_bound();
        if (asks_for_size(out, out_length, bound))
            return;
        auto step = stream->update({data, length});
        append(step.output, step.next.finish());
        give(step.output, out, out_length);
        stream.reset();
    });
}

ULONG update(HANDLE handle, const BYTE* data, ULONG length, BYTE* out, ULONG* out_length,
             Slot slot) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto key = library.find<SymmetricKey>(handle);
        check_piece(data, length);
        Visit visit(lock, key->device);
        auto& stream = (*key).*slot;
        demand(stream.has_value(), SAR_NOTINITIALIZEERR);
        if (asks_for_size(out, out_length, stream->update_bound(length)))
            return;
        auto step = stream->update({data, length});
        give(step.output, out, out_length);
        stream = std::move(step.next);
    });
}

ULONG finish(HANDLE handle, BYTE* out, ULONG* out_length, Slot slot) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto key = library.find<SymmetricKey>(handle);
        Visit visit(lock, key->device);
        auto& stream = (*key).*slot;
        demand(stream.has_value(), SAR_NOTINITIALIZEERR);
        if (asks_for_size(out, out_length, stream->finish_bound()))
            return;
        give(stream->finish(), out, out_length);
        stream.reset();
    });
}

void absorb(Mac& mac, ByteView data) {
    demand(mac.stream.has_value(), SAR_NOTINITIALIZEERR);
    auto step = mac.stream->update(data);
    if (!step.output.empty()) {
        mac.last.assign(step.output.end() - mac_size, step.output.end());
    }
    mac.stream = std::move(step.next);
}

ULONG end_mac(HANDLE handle, const BYTE* data, ULONG length, BYTE* out, ULONG* out_length) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto mac = library.find<Mac>(handle);
        check_piece(data, length);
        Visit visit(lock, mac->device);
        demand(mac->stream.has_value(), SAR_NOTINITIALIZEERR);
        if (asks_for_size(out, out_length, mac_size))
            return;
        demand(*out_length >= mac_size, SAR_BUFFER_TOO_SMALL);
        absorb(*mac, {data, length});
        const Bytes rest = mac->stream->finish();
        if (!rest.empty())
            mac->last = rest;
        demand(mac->last.size() == mac_size, SAR_INDATALENERR);
        give(mac->last, out, out_length);
        mac->stream.reset();
    });
}

}  // namespace

namespace bidseal::skf {

ULONG SKF_SetSymmKey(DEVHANDLE device, BYTE* key, ULONG algorithm, HANDLE* handle) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto connection = library.find<Connection>(device);
        demand(key != nullptr && handle != nullptr, SAR_INVALIDPARAMERR);
        demand(is_supported_cipher(algorithm), SAR_NOTSUPPORTYETERR);
        Visit visit(lock, connection);
        *handle = library.add(make_key(connection, algorithm, SecretBytes::copy_of({key, 16})));
    });
}

ULONG SKF_EncryptInit(HANDLE key, BLOCKCIPHERPARAM parameters) {
    return init(key, parameters, true, &SymmetricKey::encrypting);
}

ULONG SKF_Encrypt(HANDLE key, BYTE* data, ULONG length, BYTE* out, ULONG* out_length) {
    return whole(key, data, length, out, out_length, &SymmetricKey::encrypting);
}

ULONG SKF_EncryptUpdate(HANDLE key, BYTE* data, ULONG length, BYTE* out, ULONG* out_length) {
    return update(key, data, length, out, out_length, &SymmetricKey::encrypting);
}

ULONG SKF_EncryptFinal(HANDLE key, BYTE* out, ULONG* out_length) {
    return finish(key, out, out_length, &SymmetricKey::encrypting);
}

ULONG SKF_DecryptInit(HANDLE key, BLOCKCIPHERPARAM parameters) {
    return init(key, parameters, false, &SymmetricKey::decrypting);
}

ULONG SKF_Decrypt(HANDLE key, BYTE* data, ULONG length, BYTE* out, ULONG* out_length) {
    return whole(key, data, length, out, out_length, &SymmetricKey::decrypting);
}

ULONG SKF_DecryptUpdate(HANDLE key, BYTE* data, ULONG length, BYTE* out, ULONG* out_length) {
    return update(key, data, length, out, out_length, &SymmetricKey::decrypting);
}

ULONG SKF_DecryptFinal(HANDLE key, BYTE* out, ULONG* out_length) {
    return finish(key, out, out_length, &SymmetricKey::decrypting);
}

ULONG SKF_MacInit(HANDLE key_handle, BLOCKCIPHERPARAM* parameters, HANDLE* handle) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto key = library.find<SymmetricKey>(key_handle);
        demand(parameters != nullptr && handle != nullptr, SAR_INVALIDPARAMERR);
        demand(key->algorithm == SGD_SM4_MAC, SAR_KEYUSAGEERR);
        Visit visit(lock, key->device);
        auto mac = std::make_shared<Mac>();
        mac->device = key->device;
        mac->stream.emplace(make_stream(*key, *parameters, true));
        *handle = library.add(mac);
    });
}

ULONG SKF_Mac(HANDLE mac, BYTE* data, ULONG length, BYTE* out, ULONG* out_length) {
    return end_mac(mac, data, length, out, out_length);
}

ULONG SKF_MacUpdate(HANDLE handle, BYTE* data, ULONG length) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto mac = library.find<Mac>(handle);
        check_piece(data, length);
        Visit visit(lock, mac->device);
        absorb(*mac, {data, length});
    });
}

ULONG SKF_MacFinal(HANDLE mac, BYTE* out, ULONG* out_length) {
    return end_mac(mac, nullptr, 0, out, out_length);
}

ULONG SKF_CloseHandle(HANDLE handle) {
    return Library::call([&](Library& library, Lock&) {
        const auto object = library.find<Object>(handle);
        // Devices, applications and containers have closing functions of their own.
        demand(std::dynamic_pointer_cast<Connection>(object) == nullptr &&
                   std::dynamic_pointer_cast<OpenApplication>(object) == nullptr &&
                   std::dynamic_pointer_cast<OpenContainer>(object) == nullptr,
               SAR_INVALIDHANDLEERR);
        library.remove(handle);
    });
}

}  // namespace bidseal::skf
