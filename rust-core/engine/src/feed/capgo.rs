//! The peer's feed: a server that is told about the device and names one bundle (docs/protocol.md, "capgo").

use airlock_foreign::capgo::{ANSWER_BYTES, Answer as Said, Kind, Nothing, Update};
use airlock_foreign::remote_config::{DownloadUrl, PlainHttp};
use airlock_protocol::Code;

use super::{Answer, Offered, Run, Source, info, update_url};
use crate::error::Error;
use crate::ports::{Insecure, Post, Reply, Verb};
use crate::records::{Bundle, DownloadRequest, Origin, Route};
use crate::transfer::without_query;

pub(crate) struct Capgo;

impl Source for Capgo {
    type How = DownloadRequest;

    fn ask(&self, run: &mut Run<'_>) -> Result<Answer<DownloadRequest>, Error> {
        let url = update_url(&run.engine.config)?;
        let body = run.info().to_string();
        let user_agent = info::user_agent(run.engine);
        let post = Post {
            verb: Verb::Post,
            url,
            body: body.as_bytes(),
            user_agent: &user_agent,
            max_bytes: ANSWER_BYTES,
        };
        let reply = run.transfer.post(&post, info::pause)?;
        match read(url, &reply)? {
            Said::Update(update) => offered(run, url, update).map(Answer::Offered),
            Said::Builtin => Ok(builtin(run)),
            Said::Nothing(nothing) => without_bundle(url, nothing),
        }
    }

    fn fetch(&self, run: &mut Run<'_>, offered: &Offered<DownloadRequest>) -> Result<(Bundle, Route), Error> {
        let bundle = run.engine.download_named(run, &offered.how)?;
        Ok((bundle, Route::Archive))
    }
}

fn read(url: &str, reply: &Reply) -> Result<Said, Error> {
    let said = Said::parse(&reply.body);
    match (reply.status, said) {
        (200, said) => said.map_err(|fault| unusable(url, fault)),
        (status, Ok(Said::Nothing(nothing))) => {
            Err(unusable(url, format!("it answered {status}{}", quoted(&nothing))))
        }
        (status, _) => Err(unusable(url, format!("it answered {status}"))),
    }
}

/// An address that may not be asked is the server's mistake and not the configuration's.
fn offered(run: &Run<'_>, url: &str, update: Update) -> Result<Offered<DownloadRequest>, Error> {
    let plain = match run.engine.config.insecure {
        Insecure::LoopbackOnly => PlainHttp::LoopbackOnly,
        Insecure::Refused => PlainHttp::Refused,
    };
    DownloadUrl::parse(&update.url, plain).map_err(|rule| unusable(url, format!("its `url` {rule}")))?;
    let request = DownloadRequest {
        url: update.url,
        version: update.version.clone(),
        checksum: Some(update.checksum),
        session_key: Some(update.session_key),
    };
    let offered = Offered::named(update.version, request);
    Ok(Offered {
        notes: update.comment,
        ..offered
    })
}

/// Going back is the app's decision or a signer's, and this answer is signed by nobody.
fn builtin(run: &Run<'_>) -> Answer<DownloadRequest> {
    match run.running.origin {
        Origin::Embedded => Answer::UpToDate,
        Origin::Ota => Answer::Blocked(
            Offered::named("builtin".to_owned(), ()),
            Code::DowngradeRefused,
            "the server asks for the embedded bundle, and nobody signed that; publish its content as a new version, or \
             let the app call reset()"
                .to_owned(),
        ),
    }
}

fn without_bundle(url: &str, nothing: Nothing) -> Result<Answer<DownloadRequest>, Error> {
    match nothing.kind {
        Kind::UpToDate => Ok(Answer::UpToDate),
        Kind::Failed => Err(unusable(url, format!("it found no bundle{}", quoted(&nothing)))),
        Kind::Blocked => {
            let message = format!("the server keeps the update from this device{}", quoted(&nothing));
            let code = match nothing.word.as_str() {
                "key_id_mismatch" => Code::SignatureInvalid,
                word if word.starts_with("disabled_platform_") => Code::IncompatiblePlatform,
                "cannot_update_via_private_channel" => Code::IncompatibleChannel,
                _ => Code::IncompatibleNative,
            };
            let offered = Offered::named(nothing.version.unwrap_or_default(), ());
            Ok(Answer::Blocked(offered, code, message))
        }
    }
}

fn quoted(nothing: &Nothing) -> String {
    quote(&nothing.word, &nothing.message)
}

/// What the server said, for people: short and in one line, whatever it sent.
pub(super) fn quote(word: &str, message: &str) -> String {
    let said: Vec<String> = [word, message]
        .into_iter()
        .filter(|text| !text.is_empty())
        .map(|text| {
            text.chars()
                .filter(|letter| !letter.is_control())
                .take(120)
                .collect()
        })
        .collect();
    match said.is_empty() {
        true => String::new(),
        false => format!(" ({})", said.join(": ")),
    }
}

pub(super) fn unusable(url: &str, reason: String) -> Error {
    Error::Response {
        url: without_query(url),
        reason,
    }
}
