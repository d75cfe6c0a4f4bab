//! Text with its longest length in its type, so that a limit is checked where a value is read and the
//! parser's own error says where that was.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

/// UTF-8 text of at most `MAX` bytes. Read from JSON it borrows from the line wherever nothing was
/// escaped: most of a snapshot is text, and most of that is copied only once, into a column.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<'a, const MAX: usize>(Cow<'a, str>);

impl<const MAX: usize> Text<'_, MAX> {
    /// The text, cut to `MAX` bytes at a character's end when it is longer: what a collector does with
    /// a value that it must not lose for being long.
    pub fn cut(text: impl Into<String>) -> Text<'static, MAX> {
        let mut text = text.into();
        if text.len() > MAX {
            let mut end = MAX;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
        }
        Text(Cow::Owned(text))
    }

    /// The same, with a copy of its own.
    pub fn to_static(&self) -> Text<'static, MAX> {
        Text(Cow::Owned(self.0.clone().into_owned()))
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> Deref for Text<'_, MAX> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Text<'_, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> Serialize for Text<'_, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de: 'a, 'a, const MAX: usize> Deserialize<'de> for Text<'a, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bounded<const MAX: usize>;

        impl<const MAX: usize> Bounded<MAX> {
            fn check<E: Error>(text: &str) -> Result<(), E> {
                if text.len() > MAX {
                    return Err(E::custom(format_args!(
                        "text of {} bytes, expected at most {MAX}",
                        text.len()
                    )));
                }
                Ok(())
            }
        }

        impl<'de, const MAX: usize> Visitor<'de> for Bounded<MAX> {
            type Value = Text<'de, MAX>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "text of at most {MAX} bytes")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Self::check(text)?;
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Self::check(text)?;
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
                Self::check(&text)?;
                Ok(Text(Cow::Owned(text)))
            }
        }

        deserializer.deserialize_str(Bounded::<MAX>)
    }
}
