package dev.airlock.capacitor.core

import dev.airlock.ffi.DelayCondition

/**
 * What a page passed with a call. A value of the wrong type is refused, never taken for one that is not there: a
 * checksum that is no text must not become "no checksum".
 */
class Options(private val values: Map<*, *>) {
    /** A text that must be there. Refused with `usage`. */
    fun required(name: String): String = optional(name)?.takeIf { it.isNotEmpty() }
        ?: throw usage("`$name` is missing; pass it as a string that is not empty")

    /** A text that must be there and may be empty. Refused with `usage`. */
    fun text(name: String): String = optional(name) ?: throw usage("`$name` is missing; pass it as a string")

    /** A text, or null where there is none, or null. Anything else is refused with `usage`. */
    fun optional(name: String): String? = when (val value = values[name]) {
        null -> null
        is String -> value
        else -> throw usage("`$name` must be a string, not ${typeOf(value)}")
    }

    /** True or false, false where there is none. Anything else is refused with `usage`. */
    fun flag(name: String): Boolean = when (val value = values[name]) {
        null -> false
        is Boolean -> value
        else -> throw usage("`$name` must be true or false, not ${typeOf(value)}")
    }

    /** The list in `delayConditions`. Refused with `usage`; what the conditions mean is the engine's to judge. */
    fun delayConditions(): List<DelayCondition> = when (val value = values["delayConditions"]) {
        null -> throw usage("`delayConditions` is missing; pass a list of objects with a `kind`")
        is List<*> -> value.map(::delayCondition)
        else -> throw usage("`delayConditions` must be a list of objects with a `kind`, not ${typeOf(value)}")
    }

    private fun delayCondition(entry: Any?): DelayCondition {
        val fields = entry as? Map<*, *>
            ?: throw usage("each of `delayConditions` must be an object with a `kind`, not ${typeOf(entry)}")
        return Options(fields).run { DelayCondition(required("kind"), optional("value")) }
    }

    private fun usage(message: String) = Rejection(Rejection.USAGE, message)

    /** As JavaScript calls it. The value itself is not repeated: it may be a key. */
    private fun typeOf(value: Any?) = when (value) {
        null -> "null"
        is String -> "a string"
        is Number -> "a number"
        is Boolean -> "a boolean"
        is List<*> -> "a list"
        else -> "an object"
    }
}
