/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What devices and the host can really give a model. */
#include "base/error.h"
#include "memory/memory.h"

/* An eighth of the memory up to 2 GiB for the operating system: a prior. */
static uint64_t host_reserve(const llmp_memory_model *model, uint64_t memory_bytes)
{
    return model->options.host_reserve_bytes ? model->options.host_reserve_bytes
                                             : llmp__min(memory_bytes / 8, 2 * LLMP_GIB);
}

static uint64_t less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* Drivers report 93 to 100 % of what is marketed (every device of the catalog that has both). */
static const double reported_least_ratio = 0.85;

/* The driver's figure; the marketed one where that is unknown, or of another size: of the board
 * that a record is `like`, or before --set device.memory_gib=48. 0 when neither is known. */
static uint64_t capacity_of(const llmp_device *device)
{
    const double reported = (double)device->memory_reported_bytes;
    const double marketed = (double)device->memory_bytes;
    const bool of_this = device->memory_bytes == 0 ||
                         (reported >= reported_least_ratio * marketed && reported <= marketed);
    return device->memory_reported_bytes && of_this ? device->memory_reported_bytes
                                                    : device->memory_bytes;
}

static uint64_t usable_of(const llmp_device *device, uint64_t capacity)
{
    if (device->usable_memory_bytes)
        return llmp__min(capacity, device->usable_memory_bytes);
    if (device->usable_memory_ratio > 0 && device->usable_memory_ratio < 1)
        return (uint64_t)((double)capacity * device->usable_memory_ratio);
    return capacity;
}

static llmp_status set_host(llmp_memory_model *model, llmp_error *error)
{
    const llmp_machine *machine = model->machine;
    model->host_known = machine->host_memory_known;
    model->host_available_bytes = 0;
    if (model->host_known)
        model->host_available_bytes =
            less(machine->host_memory_bytes, host_reserve(model, machine->host_memory_bytes) +
                                                 model->options.beside_host_bytes);
    if (model->cpu_only && !model->host_shared && !model->host_known)
        return llmp__fail(error, LLMP_E_NO_DATA, "the memory of %s is not known", machine->title);
    return LLMP_OK;
}

static bool is_cpu(const llmp_device *device)
{
    return device->kind == LLMP_DEVICE_CPU;
}

static bool backend_is_cpu(const llmp_backend *backend)
{
    for (size_t i = 0; i < backend->kind_count; i++)
        if (backend->kinds[i] != LLMP_DEVICE_CPU)
            return false;
    return true;
}

/* One pool for device and host: neither may count what the other holds. */
static void set_pool(llmp_memory_model *model, uint32_t d, uint64_t capacity)
{
    uint64_t reserve =
        host_reserve(model, capacity) + model->options.reserve_bytes + model->options.beside_bytes;
    model->device_pool_bytes[d] = less(capacity, reserve);
    model->device_available_bytes[d] =
        llmp__min(model->device_available_bytes[d], model->device_pool_bytes[d]);
}

void llmp__set_host_kind(llmp_memory_model *model)
{
    const llmp_machine *machine = model->machine;
    model->host_shared = machine->host_shares_device_memory &&
                         machine->devices[0]->unified_memory && !is_cpu(machine->devices[0]);
    model->cpu_only = backend_is_cpu(model->backend) || is_cpu(machine->devices[0]);
}

llmp_status llmp__availability(llmp_memory_model *model, llmp_error *error)
{
    const llmp_machine *machine = model->machine;
    const llmp_backend *backend = model->backend;
    for (uint32_t d = 0; d < machine->device_count; d++) {
        const llmp_device *device = machine->devices[d];
        uint64_t capacity = capacity_of(device);
        model->device_pool_bytes[d] = 0;
        model->device_available_bytes[d] = 0;
        model->device_margin_bytes[d] = 0;
        if (is_cpu(device))
            continue;
        if (!capacity)
            return llmp__fail(error, LLMP_E_NO_DATA, "the memory of %s is not known",
                              device->head.name);
        uint64_t claim =
            model->engine->policy == LLMP_POLICY_PAGED
                ? (uint64_t)((double)usable_of(device, capacity) * model->options.utilization_ratio)
                : usable_of(device, capacity);
        model->device_available_bytes[d] =
            less(llmp__min(claim, less(capacity, model->options.reserve_bytes)),
                 model->options.beside_bytes);
        if (device->unified_memory && model->host_shared)
            set_pool(model, d, capacity);
        model->device_margin_bytes[d] =
            backend->margin_bytes
                ? backend->margin_bytes
                : (uint64_t)(backend->margin_ratio * (double)model->device_available_bytes[d]);
    }
    llmp_status status = set_host(model, error);
    if (status == LLMP_OK && model->host_shared) {
        model->host_known = true;
        model->host_available_bytes = model->device_pool_bytes[0];
    }
    return status;
}
