package dev.airlock.capacitor.core

import dev.airlock.ffi.FailureInfo

/** `FailureInfo` of src-ts/failures.ts. */
internal fun FailureInfo.toPayload(): Json = mapOf(
    "version" to version,
    "code" to code,
    "phase" to phase,
    "count" to count.toLong(),
    "attempt" to attempt.toLong(),
    "firstAt" to firstAt,
    "lastAt" to lastAt,
    "reason" to reason,
)
