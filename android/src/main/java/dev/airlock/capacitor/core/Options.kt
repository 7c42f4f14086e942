package dev.airlock.capacitor.core

import dev.airlock.ffi.DelayCondition

/** The options of a call, as the page passed them: of any type, or not there. */
class Options(private val values: Json) {
    /** A text that must be there. Refused with `usage`. */
    fun required(name: String): String = optional(name)
        ?: throw Rejection(Rejection.USAGE, "`$name` is missing; pass it as a string that is not empty")

    /** A text, or null where there is none. */
    fun optional(name: String): String? = (values[name] as? String)?.takeIf { it.isNotEmpty() }

    fun isTrue(name: String): Boolean = values[name] == true

    /** The conditions of `setMultiDelay`. Refused with `usage` where they are no list of objects with a kind. */
    fun delayConditions(): List<DelayCondition> {
        val conditions = values["delayConditions"] as? List<*> ?: throw badConditions()
        return conditions.map { condition ->
            val fields = condition as? Map<*, *> ?: throw badConditions()
            val kind = fields["kind"] as? String ?: throw badConditions()
            val value = fields["value"]
            if (value != null && value !is String) throw badConditions()
            DelayCondition(kind, value as String?)
        }
    }

    private fun badConditions() = Rejection(
        Rejection.USAGE,
        "`delayConditions` must be a list of objects, each with a `kind` and where needed a `value`, both strings",
    )
}
