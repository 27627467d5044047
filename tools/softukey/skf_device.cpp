// GM/T 0016 section 7.1 (devices) and SKF_GenRandom.
#include <chrono>
#include <thread>

#include "bidseal/crypto/sm4.h"

#include "events.h"
#include "exports.h"
#include "library.h"
#include "vault.h"

using namespace bidseal;
using namespace bidseal::softukey;

namespace {

using Lock = std::unique_lock<std::mutex>;

constexpr size_t max_device_name = 64;
constexpr size_t max_random = 65536;
constexpr size_t challenge_size = 8;

}  // namespace

namespace bidseal::skf {

ULONG SKF_WaitForDevEvent(LPSTR name, ULONG* length, ULONG* event) {
    // Blocks, so it must not run under the library's lock.
    try {
        demand(length != nullptr && event != nullptr, SAR_INVALIDPARAMERR);
        Events::instance().wait([&](const Event& next) {
            Bytes text = to_bytes(as_bytes(next.device));
            text.push_back(0);
            if (!give(text, reinterpret_cast<BYTE*>(name), length))
                return false;
            *event = next.plugged_in ? DEV_EVENT_IN : DEV_EVENT_OUT;
            return true;
        });
        return SAR_OK;
    } catch (const Answer& answer) {
        return answer.code;
    } catch (...) {
        return SAR_FAIL;
    }
}

ULONG SKF_CancelWaitForDevEvent() {
    Events::instance().cancel();
    return SAR_OK;
}

ULONG SKF_EnumDev(BOOL, LPSTR list, ULONG* size) {
    return Library::call([&](Library&, Lock&) {
        Events::instance().remember_present();
        const auto names = list_devices();
        give_names({names.begin(), names.end()}, list, size);
    });
}

ULONG SKF_ConnectDev(LPSTR name, DEVHANDLE* handle) {
    return Library::call([&](Library& library, Lock& lock) {
        demand(handle != nullptr, SAR_INVALIDPARAMERR);
        const std::string device = text_argument(name, max_device_name, SAR_INVALIDPARAMERR);
        auto connection = std::make_shared<Connection>(device);
        // Formatting a blank device and reading a written one both happen under the device's lock.
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (!connection->file.try_lock()) {
            demand(std::chrono::steady_clock::now() < deadline, SAR_TIMEOUTERR);
            lock.unlock();
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
            lock.lock();
        }
        const FileMark before = connection->file.mark();
        const Bytes bytes = connection->file.read();
        if (is_blank(bytes)) {
            connection->state = format_blank(bytes, device);
            connection->file.replace(encode(connection->state));
            connection->mark = connection->file.mark();
        } else {
            connection->state = decode(bytes);
            connection->mark = before;
        }
        connection->file.unlock();
        *handle = library.add(connection);
    });
}

ULONG SKF_DisConnectDev(DEVHANDLE device) {
    return Library::call([&](Library& library, Lock&) {
        const auto connection = library.find<Connection>(device);
        connection->closed = true;
        connection->logins.clear();
        if (connection->held)
            connection->file.unlock();
        library.remove_all(*connection);
    });
}

ULONG SKF_GetDevState(LPSTR name, ULONG* state) {
    return Library::call([&](Library&, Lock&) {
        demand(state != nullptr, SAR_INVALIDPARAMERR);
        const std::string device = text_argument(name, max_device_name, SAR_INVALIDPARAMERR);
        *state = list_devices().count(device) != 0 ? DEV_PRESENT_STATE : DEV_ABSENT_STATE;
    });
}

ULONG SKF_SetLabel(DEVHANDLE device, LPSTR label) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto connection = library.find<Connection>(device);
        const std::string text = text_argument(label, sizeof DEVINFO::Label, SAR_INVALIDPARAMERR);
        Visit visit(lock, connection);
        visit.edit().label = text;
        visit.commit();
    });
}

ULONG SKF_GetDevInfo(DEVHANDLE device, DEVINFO* info) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto connection = library.find<Connection>(device);
        demand(info != nullptr, SAR_INVALIDPARAMERR);
        Visit visit(lock, connection);
        DEVINFO out{};
        out.Version = {1, 0};
        put_text(out.Manufacturer, "BidSeal software UKey");
        put_text(out.Issuer, "BidSeal (software, keys are in a file)");
        put_text(out.Label, visit.state().label);
        put_text(out.SerialNumber, visit.state().serial);
        out.HWVersion = {0, 0};
        out.FirmwareVersion = {1, 0};
        out.AlgSymCap = SGD_SM4_ECB | SGD_SM4_CBC | SGD_SM4_MAC;
        out.AlgAsymCap = SGD_SM2_1 | SGD_SM2_3;
        out.AlgHashCap = SGD_SM3 | SGD_SHA1 | SGD_SHA256;
        out.DevAuthAlgId = SGD_SM4_ECB;
        out.TotalSpace = static_cast<ULONG>(max_state_size);
        out.FreeSpace = static_cast<ULONG>(max_state_size - encode(visit.state()).size());
        out.MaxECCBufferSize = 4096;
        out.MaxBufferSize = 1 << 20;
        *info = out;
    });
}

ULONG SKF_LockDev(DEVHANDLE device, ULONG timeout_ms) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto connection = library.find<Connection>(device);
        const auto start = std::chrono::steady_clock::now();
        const bool forever = timeout_ms == 0xFFFFFFFF;
        demand(!connection->gone, SAR_DEVICE_REMOVED);
        while (!connection->held && !connection->file.try_lock()) {
            const auto waited = std::chrono::steady_clock::now() - start;
            demand(forever || waited < std::chrono::milliseconds(timeout_ms), SAR_TIMEOUTERR);
            lock.unlock();
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
            lock.lock();
            demand(!connection->closed, SAR_INVALIDHANDLEERR);
        }
        connection->held = true;
    });
}

ULONG SKF_UnlockDev(DEVHANDLE device) {
    return Library::call([&](Library& library, Lock&) {
        const auto connection = library.find<Connection>(device);
        demand(connection->held, SAR_FAIL);
        connection->held = false;
        connection->file.unlock();
    });
}

ULONG SKF_ChangeDevAuthKey(DEVHANDLE device, BYTE* key, ULONG length) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto connection = library.find<Connection>(device);
        demand(key != nullptr, SAR_INVALIDPARAMERR);
        demand(length == 16, SAR_INDATALENERR);
        Visit visit(lock, connection);
        demand(connection->authenticated, SAR_USER_NOT_LOGGED_IN);
        visit.edit().auth_key = Bytes(key, key + length);
        visit.commit();
    });
}

ULONG SKF_DevAuth(DEVHANDLE device, BYTE* data, ULONG length) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto connection = library.find<Connection>(device);
        demand(data != nullptr, SAR_INVALIDPARAMERR);
        demand(length == 16, SAR_INDATALENERR);
        Visit visit(lock, connection);
        // The challenge is the 8 random bytes given out last, zero-filled to a block, used once.
        const Bytes challenge = std::move(connection->challenge);
        connection->challenge.clear();
        demand(challenge.size() == challenge_size, SAR_FAIL);
        Bytes block = challenge;
        block.resize(16, 0);
        const SecretBytes expected = crypto::sm4_ecb_encrypt(visit.state().auth_key, block);
        connection->authenticated = constant_time_equal(expected.view(), {data, length});
        demand(connection->authenticated, SAR_FAIL);
    });
}

ULONG SKF_GenRandom(DEVHANDLE device, BYTE* out, ULONG length) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto connection = library.find<Connection>(device);
        demand(out != nullptr, SAR_INVALIDPARAMERR);
        demand(length >= 1 && length <= max_random, SAR_INDATALENERR);
        Visit visit(lock, connection);
        const Bytes bytes = random_bytes(length);
        connection->challenge = length == challenge_size ? bytes : Bytes{};
        std::memcpy(out, bytes.data(), length);
    });
}

}  // namespace bidseal::skf
