//! JSON read strictly: a name that comes twice in one object is an error, wherever it is. Whoever checks the first and
//! whoever acts on the second would not speak of the same.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::problem::{Kind, Problem};
use crate::service::decision::ask::Fields;

/// The object that the bytes hold.
pub fn object(bytes: &[u8]) -> Result<Fields, Problem> {
    let wrong = |error: serde_json::Error| Problem::new(Kind::Malformed, format!("The JSON is not valid: {error}."));
    match serde_json::from_slice::<Strict>(bytes).map_err(wrong)?.0 {
        Value::Object(fields) => Ok(Fields(fields)),
        _ => Err(Problem::new(Kind::BadQuestion, "Send a JSON object.")),
    }
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some((name, Strict(value))) = entries.next_entry::<String, Strict>()? {
            if all.contains_key(&name) {
                return Err(A::Error::custom(format_args!("`{name}` comes twice")));
            }
            all.insert(name, value);
        }
        Ok(Value::Object(all))
    }
}

#[cfg(test)]
mod tests {
    use super::object;

    #[test]
    fn a_name_comes_once_wherever_it_is() {
        assert!(object(br#"{"a": 1, "b": {"a": [true, null, 1.5, "x"]}}"#).is_ok());
        for wrong in [&br#"{"a": 1, "a": 1}"#[..], br#"{"b": {"a": 1, "a": 2}}"#, br#"{"b": [{"a": 1, "a": 2}]}"#] {
            assert!(object(wrong).is_err());
        }
        for wrong in [&b""[..], b"{", b"[]", b"{} {}", b"\xff", b"{\"a\": 1,}"] {
            assert!(object(wrong).is_err());
        }
        let deep = "[".repeat(100_000);
        assert!(object(format!("{{\"a\": {deep}").as_bytes()).is_err());
    }
}
