//! `airlock init`: keys, project file, empty repository and the app's configuration.

use std::fs;
use std::path::{Path, PathBuf};

use airlock_protocol::{AppId, ChannelName};
use airlock_publisher::key::Protection;
use airlock_publisher::{DEVICE_CONFIG_FILE, NewProject, PROJECT_FILE, UpdateUrl};
use clap::Args;
use serde_json::{Value, json};

use super::keys::NewKeyType;
use crate::exit::Failure;
use crate::facts::ClockArgs;
use crate::output::{Output, STRONG};
use crate::passphrase::PassphraseArgs;

const AFTER_HELP: &str = "\
Examples:
  airlock init --app-id com.example.app
  airlock init updates --app-id com.example.app --channel stable --channel beta \\
      --update-url https://updates.example.com/my-app/
  AIRLOCK_PASSPHRASE=… airlock init --app-id com.example.app      for scripts

Makes in DIR:
  airlock.json              the project: app, channels, where keys and repository are
  keys/root.pem             private root key: move it offline, it is needed again to replace keys
  keys/release.pem          private release key: signs every publication
  keys/*.pub.pem            their public halves
  repository/               what goes onto the web server
  capacitor.airlock.json    the app's configuration; also for `airlock device --config`

Exit codes: 0 done, 2 usage or something is there already, 122 no space, 123 storage failure.";

/// Make keys, a project file and an empty repository
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct InitArgs {
    /// The folder of the new project
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// The id of the app, as in capacitor.config
    #[arg(long, value_name = "ID")]
    app_id: AppId,
    /// A channel to publish on; may be repeated, the first is the default
    #[arg(long, value_name = "NAME", default_value = "stable")]
    channel: Vec<ChannelName>,
    /// Where devices will find the repository; the default suits `airlock serve` on this machine
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080/")]
    update_url: UpdateUrl,
    /// The kind of both keys
    #[arg(long, value_name = "TYPE", value_enum, default_value_t = NewKeyType::Ed25519)]
    key_type: NewKeyType,
    /// Store the private keys unprotected; for tests and demonstrations
    #[arg(long, conflicts_with = "passphrase_file")]
    no_passphrase: bool,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    #[command(flatten)]
    clock: ClockArgs,
}

/// Makes the project and says what to do next.
pub(crate) fn run(args: &InitArgs, output: &Output) -> Result<(), Failure> {
    let protection = if args.no_passphrase {
        Protection::Nothing
    } else {
        Protection::Passphrase(args.passphrase.new_one()?)
    };
    let new = NewProject {
        app_id: args.app_id.clone(),
        channels: args.channel.clone(),
        update_url: args.update_url.clone(),
        key_type: args.key_type.into(),
        protection,
    };
    let project = new.create(&args.folder, args.clock.now())?;
    if args.no_passphrase {
        output.warn("the private keys are stored unprotected: whoever reads them can publish to your users");
    }
    let config_path = args.folder.join(DEVICE_CONFIG_FILE);
    let config = read_config(&config_path)?;
    explain(args, &config, output);
    output.result(&json!({
        "project": args.folder.join(PROJECT_FILE),
        "repository": project.repository_folder(),
        "config": config_path,
        "publicKey": config.get("publicKey"),
    }));
    Ok(())
}

fn explain(args: &InitArgs, config: &Value, output: &Output) {
    let folder = args.folder.display();
    output.done(format_args!("made a project for {} in {folder}", args.app_id));
    output.say("");
    output.say(format_args!(
        "Put this under {STRONG}plugins{STRONG:#} in capacitor.config:"
    ));
    output.say("");
    output.say(indent(&plugin_snippet(config)));
    output.say("");
    output.say("Next:");
    output.say(format_args!(
        "  1. Move {folder}/keys/root.pem to a safe place offline; daily work does not need it."
    ));
    output.say(format_args!(
        "  2. airlock publish WEBDIR --version 1.0.0 --project {folder}"
    ));
    output.say(format_args!(
        "  3. airlock serve {folder}/repository, or copy that folder to any web server."
    ));
    if args.update_url.is_insecure_loopback() {
        output.say("");
        output.say(
            "The update URL points at this machine: set updateUrl to your web server's before shipping.",
        );
    }
}

fn read_config(path: &Path) -> Result<Value, Failure> {
    let text = fs::read(path).map_err(|error| storage(path, &error))?;
    serde_json::from_slice(&text).map_err(|error| storage(path, &error.into()))
}

fn storage(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(
        airlock_protocol::Code::StorageFailure,
        format!("reading {}: {error}", path.display()),
    )
}

/// The configuration as it stands in capacitor.config, where the app id has a place of its own.
fn plugin_snippet(config: &Value) -> String {
    let mut plugin = config.clone();
    if let Some(fields) = plugin.as_object_mut() {
        fields.remove("appId");
    }
    format!("\"Airlock\": {plugin:#}")
}

fn indent(text: &str) -> String {
    text.lines()
        .map(|line| format!("  {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}
