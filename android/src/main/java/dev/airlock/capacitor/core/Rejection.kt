package dev.airlock.capacitor.core

import dev.airlock.ffi.AirlockException

/** Why a call of the page is refused: what Capacitor's `call.reject(message, code)` takes. */
class Rejection(val code: String, override val message: String) : Exception(message) {
    companion object {
        const val USAGE = "usage"
        const val INTERNAL = "internal"

        /** A fault that is not the engine's has no code of its own; its details are for the log, not for the page. */
        fun of(fault: Throwable): Rejection = when (fault) {
            is Rejection -> fault
            is AirlockException.Failed -> Rejection(fault.code, fault.reason)
            else -> Rejection(INTERNAL, "Airlock failed in an unforeseen way (${fault.javaClass.simpleName}); please report it")
        }
    }
}
