package dev.airlock.tests

import java.lang.reflect.Modifier

/** The fields of one of the engine's records by name. Kotlin's unsigned numbers come out as signed ones. */
fun Any.fields(): Map<String, Any?> = javaClass.declaredFields
    .filterNot { Modifier.isStatic(it.modifiers) }
    .associate { field -> field.name to field.apply { isAccessible = true }.get(this) }
