/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Plain C gemv, one function a format. */
#ifndef LLMP_BENCH_SCALAR_H
#define LLMP_BENCH_SCALAR_H

#include "bench/kernels.h"

llmp__gemv_fn llmp__scalar_f16;
llmp__gemv_fn llmp__scalar_bf16;
llmp__gemv_fn llmp__scalar_q8_0;
llmp__gemv_fn llmp__scalar_q4_0;
llmp__gemv_fn llmp__scalar_q4_k;
llmp__gemv_fn llmp__scalar_q6_k;
llmp__gemv_fn llmp__scalar_mxfp4;

#endif
