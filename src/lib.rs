//! Firesteel.
