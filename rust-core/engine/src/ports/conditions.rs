//! What speaks against spending the user's data and battery now.

/// What the platform says of the connection and of the battery. Asked on workers, when something is about to be fetched and
/// `wifiOnly` is on; never for a launch. What cannot be known is answered with no: it holds nothing back.
pub trait Conditions: Send + Sync {
    /// Whether the connection is one that is paid by volume, or that the user asked to spare.
    fn is_metered(&self) -> bool;

    /// Whether the battery is low, or the user saves it.
    fn is_low_on_power(&self) -> bool;
}
