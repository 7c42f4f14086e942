//! The interface of a built library as text, one line for each thing another language can name. What changes a line
//! changes what Kotlin and Swift were written against.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use camino::Utf8Path;
use uniffi_bindgen::macro_metadata::extract_from_library;
use uniffi_meta::{
    DefaultValueMetadata, EnumMetadata, EnumShape, FieldMetadata, FnParamMetadata, LiteralMetadata, Metadata,
    RecordMetadata, Type,
};

/// The lines of a library, sorted. Fields keep their order, which is the order of their bytes.
pub(crate) fn of(library: &Utf8Path) -> Result<String> {
    let mut lines = BTreeSet::new();
    for item in extract_from_library(library)? {
        lines.extend(written(&item)?);
    }
    if lines.is_empty() {
        bail!("{library} says nothing of an interface; was it stripped?");
    }
    Ok(lines.into_iter().map(|line| line + "\n").collect())
}

fn written(item: &Metadata) -> Result<Vec<String>> {
    Ok(match item {
        Metadata::Namespace(_) => Vec::new(),
        Metadata::Func(function) => {
            let rest = call(
                &function.inputs,
                function.throws.as_ref(),
                function.return_type.as_ref(),
            )?;
            vec![format!("function {}{rest}", function.name)]
        }
        Metadata::Object(object) => match object.imp.is_trait_interface() {
            true => vec![format!("trait {}", object.name)],
            false => vec![format!("object {}", object.name)],
        },
        Metadata::Constructor(made) => {
            let rest = call(&made.inputs, made.throws.as_ref(), None)?;
            vec![format!(
                "object {}.constructor {}{rest}",
                made.self_name, made.name
            )]
        }
        Metadata::Method(method) => {
            let rest = call(
                &method.inputs,
                method.throws.as_ref(),
                method.return_type.as_ref(),
            )?;
            vec![format!("object {}.{}{rest}", method.self_name, method.name)]
        }
        Metadata::TraitMethod(method) => {
            let rest = call(
                &method.inputs,
                method.throws.as_ref(),
                method.return_type.as_ref(),
            )?;
            vec![format!("trait {}.{}{rest}", method.trait_name, method.name)]
        }
        Metadata::Record(record) => fields_of(record)?,
        Metadata::Enum(choice) => variants_of(choice)?,
        other => bail!("the interface holds something that this snapshot cannot write: {other:?}"),
    })
}

fn fields_of(record: &RecordMetadata) -> Result<Vec<String>> {
    let fields = record.fields.iter().enumerate();
    fields
        .map(|(place, field)| Ok(format!("record {}.{place:02} {}", record.name, typed(field)?)))
        .collect()
}

fn variants_of(choice: &EnumMetadata) -> Result<Vec<String>> {
    let kind = match choice.shape {
        EnumShape::Enum => "enum",
        EnumShape::Error { .. } => "error",
    };
    let variants = choice.variants.iter().enumerate();
    variants
        .map(|(place, variant)| {
            let fields = variant.fields.iter().map(typed).collect::<Result<Vec<_>>>()?;
            let fields = fields.join(", ");
            Ok(format!(
                "{kind} {}.{place:02} {}({fields})",
                choice.name, variant.name
            ))
        })
        .collect()
}

fn call(inputs: &[FnParamMetadata], throws: Option<&Type>, answer: Option<&Type>) -> Result<String> {
    let inputs = inputs
        .iter()
        .map(|input| {
            let default = default(input.default.as_ref())?;
            Ok(format!("{}: {}{default}", input.name, shown(&input.ty)?))
        })
        .collect::<Result<Vec<_>>>()?;
    let throws = throws.map(shown).transpose()?;
    let throws = throws.map_or_else(String::new, |error| format!(" throws {error}"));
    let answer = answer.map(shown).transpose()?;
    let answer = answer.map_or_else(String::new, |answer| format!(" -> {answer}"));
    Ok(format!("({}){throws}{answer}", inputs.join(", ")))
}

fn typed(field: &FieldMetadata) -> Result<String> {
    let default = default(field.default.as_ref())?;
    Ok(format!("{}: {}{default}", field.name, shown(&field.ty)?))
}

fn default(value: Option<&DefaultValueMetadata>) -> Result<&'static str> {
    match value {
        None => Ok(""),
        Some(DefaultValueMetadata::Literal(LiteralMetadata::None)) => Ok(" = none"),
        Some(other) => bail!("a default that this snapshot cannot write: {other:?}"),
    }
}

fn shown(given: &Type) -> Result<String> {
    Ok(match given {
        Type::UInt8 => "u8".to_owned(),
        Type::UInt32 => "u32".to_owned(),
        Type::UInt64 => "u64".to_owned(),
        Type::Boolean => "boolean".to_owned(),
        Type::String => "string".to_owned(),
        Type::Bytes => "bytes".to_owned(),
        Type::Optional { inner_type } => format!("{}?", shown(inner_type)?),
        Type::Sequence { inner_type } => format!("[{}]", shown(inner_type)?),
        other => match other.name() {
            Some(name) => name.to_owned(),
            None => bail!("a type that this snapshot cannot write: {other:?}"),
        },
    })
}
