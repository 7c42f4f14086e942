//! What can happen to a device, and the rules it follows.

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Time {
    Now,
    Late,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Token {
    Current,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    ColdStart(Time),
    Reload(Time),
    Apply(Time),
    Set(u8, Time),
    Reset,
    ToFallback,
    Background(Time),
    Foreground(Time),
    /// Half of `appReadyTimeout` passes in front.
    HalfTimeout(Time),
    Ready(Token),
    Crash(Token, Time),
    /// What is current does not verify.
    Damaged,
    Unreadable,
    Installed(u8),
    /// Bundle 1 is published again as sequence 5.
    Raised,
    Next(u8, Time),
    Newest(u8),
    Delete(u8),
    DelayUntil(u8),
    /// Native build 1 or 2. Build 2 embeds sequence 2, and bundle 4 does not run on it.
    Native(u8),
}

/// A rule that a device may lack. `None` is the machine of the documentation; each other one must be
/// caught by exploration, or the exploration proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lacks {
    Nothing,
    /// R1: the attempt is counted when the page has loaded.
    AttemptBeforeServing,
    /// R2: whoever reports ready confirms what is current.
    LaunchToken,
    /// R3: a new trial makes the old one the fallback.
    ConfirmedFallback,
    /// R4: launches of a trial are not limited.
    ThreeLaunches,
    /// R5: what failed is not remembered.
    Verdict,
    /// R5: a verdict never ends.
    Expiry,
    /// R8: what is served is not looked at first.
    Verification,
    /// R9: the floor rises when a bundle is tried.
    FloorAtConfirmation,
    /// B7: what arrives takes nobody's place.
    Room,
    /// What arrives may take the place of the fallback.
    FallbackStays,
    /// The state names a tree before it is there.
    DataBeforeState,
    /// A tree goes before the state that does not name it is written.
    StateBeforeRemoval,
}

/// The app's configuration, and the order in which bundles without a part make room.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub keep_previous: bool,
    pub keep_failed: bool,
    pub reset_on_native: bool,
    /// `rank[b]`: lower goes first.
    pub rank: [u8; 5],
    pub lacks: Lacks,
}

impl Rules {
    /// Every configuration of the three switches.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..8_u8).map(|bits| Self {
            keep_previous: bits & 1 > 0,
            keep_failed: bits & 2 > 0,
            reset_on_native: bits & 4 > 0,
            rank: [0, 1, 2, 3, 4],
            lacks: Lacks::Nothing,
        })
    }
}
