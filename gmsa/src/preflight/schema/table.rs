//! Reads `gmsa/schema/kubernetes.txt`, one line per kind or type.

use std::collections::HashMap;

pub(super) struct Table {
    /// `(apiVersion, kind, type)`.
    pub(super) kinds: Vec<(&'static str, &'static str, &'static str)>,
    pub(super) types: HashMap<&'static str, Vec<SchemaField>>,
}

pub(super) struct SchemaField {
    pub(super) name: &'static str,
    pub(super) kind: SchemaType,
    pub(super) is_required: bool,
}

pub(super) enum SchemaType {
    Any,
    String,
    Integer,
    Number,
    Boolean,
    /// A string or a number: a quantity, or a port by name or number.
    Scalar,
    List(Box<SchemaType>),
    Map(Box<SchemaType>),
    Object(&'static str),
}

impl SchemaType {
    fn parse(text: &'static str) -> Self {
        let inside = |open, close| text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
        match text {
            "any" => Self::Any,
            "string" => Self::String,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "boolean" => Self::Boolean,
            "scalar" => Self::Scalar,
            _ => match (inside('[', ']'), inside('{', '}')) {
                (Some(item), _) => Self::List(Box::new(Self::parse(item))),
                (_, Some(value)) => Self::Map(Box::new(Self::parse(value))),
                _ => Self::Object(text),
            },
        }
    }

    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Any => "any value",
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "bool",
            Self::Scalar => "string or number",
            Self::List(_) => "array",
            Self::Map(_) | Self::Object(_) => "object",
        }
    }
}

impl Table {
    pub(super) fn parse(text: &'static str) -> Self {
        let mut table = Self { kinds: Vec::new(), types: HashMap::new() };
        for line in text.lines() {
            let mut words = line.split(' ');
            match (words.next(), words.next()) {
                (Some("kind"), Some(version)) => {
                    if let (Some(kind), Some(name)) = (words.next(), words.next()) {
                        table.kinds.push((version, kind, name));
                    }
                }
                (Some("type"), Some(name)) => {
                    table.types.insert(name, words.filter_map(SchemaField::parse).collect());
                }
                _ => {}
            }
        }
        table
    }
}

impl SchemaField {
    fn parse(text: &'static str) -> Option<Self> {
        let (name, kind) = text.split_once('=')?;
        let bare = name.strip_suffix('*');
        Some(Self { name: bare.unwrap_or(name), kind: SchemaType::parse(kind), is_required: bare.is_some() })
    }
}
