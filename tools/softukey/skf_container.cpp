// GM/T 0016 section 7.5 (containers and certificates).
#include "exports.h"
#include "library.h"

using namespace bidseal;
using namespace bidseal::softukey;

namespace {

using Lock = std::unique_lock<std::mutex>;

constexpr size_t max_containers = 16;
constexpr size_t max_certificate = 16 * 1024;

std::shared_ptr<OpenContainer> open_container(const OpenApplication& app, const std::string& name) {
    auto open = std::make_shared<OpenContainer>();
    open->device = app.device;
    open->application = app.name;
    open->name = name;
    return open;
}

}  // namespace

namespace bidseal::skf {

ULONG SKF_CreateContainer(HAPPLICATION handle, LPSTR name, HCONTAINER* container) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto app = library.find<OpenApplication>(handle);
        demand(container != nullptr, SAR_INVALIDPARAMERR);
        const std::string wanted = text_argument(name, max_name, SAR_NAMELENERR);
        Visit visit(lock, app->device);
        visit.master_for_user(app->name);
        visit.edit();
        ApplicationState& state = visit.application(app->name);
        demand(state.find_container(wanted) == nullptr, SAR_OBJERR);
        demand(state.containers.size() < max_containers, SAR_REACH_MAX_CONTAINER_COUNT);
        state.containers.emplace_back();
        state.containers.back().name = wanted;
        visit.commit();
        *container = library.add(open_container(*app, wanted));
    });
}

ULONG SKF_DeleteContainer(HAPPLICATION handle, LPSTR name) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto app = library.find<OpenApplication>(handle);
        const std::string wanted = text_argument(name, max_name, SAR_NAMELENERR);
        Visit visit(lock, app->device);
        visit.master_for_user(app->name);
        visit.edit();
        ApplicationState& state = visit.application(app->name);
        const Container* found = state.find_container(wanted);
        demand(found != nullptr, SAR_INVALIDPARAMERR);
        state.containers.erase(state.containers.begin() + (found - state.containers.data()));
        visit.commit();
    });
}

ULONG SKF_EnumContainer(HAPPLICATION handle, LPSTR list, ULONG* size) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto app = library.find<OpenApplication>(handle);
        Visit visit(lock, app->device);
        std::vector<std::string> names;
        for (const Container& c : visit.application(app->name).containers)
            names.push_back(c.name);
        give_names(names, list, size);
    });
}

ULONG SKF_OpenContainer(HAPPLICATION handle, LPSTR name, HCONTAINER* container) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto app = library.find<OpenApplication>(handle);
        demand(container != nullptr, SAR_INVALIDPARAMERR);
        const std::string wanted = text_argument(name, max_name, SAR_NAMELENERR);
        Visit visit(lock, app->device);
        demand(visit.application(app->name).find_container(wanted) != nullptr, SAR_INVALIDPARAMERR);
        *container = library.add(open_container(*app, wanted));
    });
}

ULONG SKF_CloseContainer(HCONTAINER container) {
    return Library::call([&](Library& library, Lock&) {
        library.find<OpenContainer>(container);
        library.remove(container);
    });
}

ULONG SKF_GetContainerType(HCONTAINER container, ULONG* type) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto open = library.find<OpenContainer>(container);
        demand(type != nullptr, SAR_INVALIDPARAMERR);
        Visit visit(lock, open->device);
        const Container& state = visit.container(*open);
        *type = state.signing || state.encryption ? CONTAINER_ECC : CONTAINER_EMPTY;
    });
}

ULONG SKF_ImportCertificate(HCONTAINER container, BOOL signing, BYTE* der, ULONG length) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto open = library.find<OpenContainer>(container);
        demand(der != nullptr, SAR_INVALIDPARAMERR);
        demand(length >= 1 && length <= max_certificate, SAR_INDATALENERR);
        Visit visit(lock, open->device);
        visit.master_for_user(open->application);
        visit.edit();
        Container& state = visit.container(*open);
        (signing ? state.signing_certificate : state.encryption_certificate) =
            Bytes(der, der + length);
        visit.commit();
    });
}

ULONG SKF_ExportCertificate(HCONTAINER container, BOOL signing, BYTE* der, ULONG* length) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto open = library.find<OpenContainer>(container);
        Visit visit(lock, open->device);
        const Container& state = visit.container(*open);
        const Bytes& found = signing ? state.signing_certificate : state.encryption_certificate;
        demand(!found.empty(), SAR_CERTNOTFOUNDERR);
        give(found, der, length);
    });
}

}  // namespace bidseal::skf
