/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: as much memory as a document worker has, for fuzz targets
 * Copyright (C) 2026 the Pena authors */
#include <cstdlib>
#include <malloc.h>
#include <new>

/* A few bytes can ask a filter of qpdf's for a gigabyte. A worker's address space ends there (RLIMIT_AS) and C++ throws, which is
 * how the document is refused. ASan's shadow needs more than any such limit, so what C++ allocates is counted here instead. */
namespace
{

const size_t most = 512 << 20;
size_t used;

void *
take (size_t size)
{
    void *block = used < most && size <= most - used ? malloc (size) : nullptr;

    used += malloc_usable_size (block);
    return block;
}

void *
take_or_throw (size_t size)
{
    void *block = take (size);

    if (block == nullptr)
        throw std::bad_alloc ();
    return block;
}

void
give_back (void *block)
{
    used -= malloc_usable_size (block);
    free (block);
}

} // namespace

void *
operator new (size_t size)
{
    return take_or_throw (size);
}

void *
operator new[] (size_t size)
{
    return take_or_throw (size);
}

void *
operator new (size_t size, const std::nothrow_t &) noexcept
{
    return take (size);
}

void *
operator new[] (size_t size, const std::nothrow_t &) noexcept
{
    return take (size);
}

void
operator delete (void *block) noexcept
{
    give_back (block);
}

void
operator delete[] (void *block) noexcept
{
    give_back (block);
}

void
operator delete (void *block, size_t) noexcept
{
    give_back (block);
}

void
operator delete[] (void *block, size_t) noexcept
{
    give_back (block);
}

void
operator delete (void *block, const std::nothrow_t &) noexcept
{
    give_back (block);
}

void
operator delete[] (void *block, const std::nothrow_t &) noexcept
{
    give_back (block);
}
