package dev.airlock.tests

import dev.airlock.capacitor.core.Json
import dev.airlock.capacitor.core.Methods
import dev.airlock.capacitor.core.Rejection
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit

/** Calls a method as the page does, and waits for its answer. */
fun Methods.answer(method: String, options: Json = emptyMap()): Json? {
    val answered = CompletableFuture<Result<Json?>>()
    call(method, options) { answered.complete(it) }
    return answered.get(30, TimeUnit.SECONDS).getOrThrow()
}

/** The same for a call that must be refused. */
fun Methods.refusal(method: String, options: Json = emptyMap()): Rejection = try {
    error("`$method` was not refused, and answered ${answer(method, options)}")
} catch (rejection: Rejection) {
    rejection
}

/** The bundle that an answer or an event tells of. */
fun Json.bundle(): Map<*, *> = this["bundle"] as Map<*, *>
