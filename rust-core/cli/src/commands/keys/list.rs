//! `airlock keys list`: who may sign what, and until when that is good.

use std::path::PathBuf;

use airlock_protocol::keys::{PublicKey, PublicKeys};
use airlock_publisher::{KeyReference, Project, Repository, RoleState};
use clap::Args;
use serde_json::{Value, json};

use crate::exit::Failure;
use crate::output::Output;

const AFTER_HELP: &str = "\
Examples:
  airlock keys list
  airlock keys list --project updates --json | jq '.roles[] | select(.role == \"root\").expires'

Shows every key that the repository's signed metadata names. `private half` says where it is in this project; \
`not here` is as it should be for a root key on most days.

Exit codes: 0 done, 2 usage or project, 118 the repository does not verify, 123 storage failure, 124 another \
process is publishing.";

/// Show every key, what it may sign, and when the signatures run out
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ListArgs {
    /// The folder of the project, where `airlock init` was run
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
}

/// A key of the metadata.
struct Row {
    key: PublicKey,
    roles: Vec<String>,
    at_hand: Option<String>,
}

/// Shows them.
pub(crate) fn run(args: &ListArgs, output: &Output) -> Result<(), Failure> {
    let project = Project::open(&args.project)?;
    let repository = project.open_repository(project.lock()?)?;
    let mut roles = Vec::new();
    for state in repository.role_states() {
        let holders = repository.holders(&state.role)?;
        roles.push((state, holders));
    }
    let rows = key_rows(&roles, &project);
    show(&rows, &roles, output);
    output.result(&json!({
        "keys": rows.iter().map(key_json).collect::<Vec<_>>(),
        "roles": roles.iter().map(role_json).collect::<Vec<_>>(),
        "expires": Repository::expires(&repository),
    }));
    Ok(())
}

fn key_rows(roles: &[(RoleState, PublicKeys)], project: &Project) -> Vec<Row> {
    let at_hand = project.keys_at_hand();
    let mut rows: Vec<Row> = Vec::new();
    for (state, holders) in roles {
        for key in holders.iter() {
            match rows.iter_mut().find(|row| row.key == *key) {
                Some(row) => row.roles.push(state.role.to_string()),
                None => rows.push(Row {
                    key: key.clone(),
                    roles: vec![state.role.to_string()],
                    at_hand: at_hand
                        .iter()
                        .find(|(public, _)| public == key)
                        .map(|(_, place)| named(place)),
                }),
            }
        }
    }
    rows
}

fn named(place: &KeyReference) -> String {
    match place {
        KeyReference::File(path) => path.display().to_string(),
        KeyReference::Program { command, .. } => format!("program {}", command.join(" ")),
    }
}

fn show(rows: &[Row], roles: &[(RoleState, PublicKeys)], output: &Output) {
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let place = row.at_hand.clone().unwrap_or_else(|| "not here".to_owned());
            vec![short(&row.key), kind(&row.key), row.roles.join(", "), place]
        })
        .collect();
    output.table("Keys", &["key", "type", "signs", "private half"], &cells);
    let cells: Vec<Vec<String>> = roles
        .iter()
        .map(|(state, holders)| {
            let ids: Vec<String> = holders.iter().map(short).collect();
            vec![
                state.role.to_string(),
                format!("{} of {}", holders.threshold(), ids.len()),
                ids.join(", "),
                state.version.to_string(),
                state.expires.to_rfc3339(),
            ]
        })
        .collect();
    output.table("Roles", &["role", "needs", "keys", "version", "expires"], &cells);
}

fn key_json(row: &Row) -> Value {
    json!({
        "keyid": row.key.key_id(), "type": kind(&row.key), "roles": row.roles,
        "atHand": row.at_hand.is_some(), "privateHalf": row.at_hand,
    })
}

fn role_json((state, holders): &(RoleState, PublicKeys)) -> Value {
    json!({
        "role": state.role.to_string(), "threshold": holders.threshold(),
        "keys": holders.iter().map(PublicKey::key_id).collect::<Vec<_>>(),
        "version": state.version, "expires": state.expires,
    })
}

fn short(key: &PublicKey) -> String {
    key.key_id().chars().take(12).collect()
}

fn kind(key: &PublicKey) -> String {
    let tuf = key.to_tuf();
    match tuf.get("keytype").and_then(Value::as_str) {
        Some("ecdsa") => "ecdsa-p256".to_owned(),
        Some(other) => other.to_owned(),
        None => String::new(),
    }
}
